//! Invented names. None is meant to be anyone or anything that exists.

use super::rng::Rng;

pub(crate) const COUNTRIES: &[&str] = &[
    "Valdoria",
    "Kestovia",
    "Norrland Republic",
    "Aramore",
    "Quillon",
    "Sarvania",
    "Tessaly",
    "Ostrava Union",
    "Belmark",
    "Cardenia",
    "Drovia",
    "Elmoria",
    "Farsund",
    "Galdania",
    "Hestria",
    "Ilvania",
    "Jorvik Federation",
    "Karsia",
    "Lothmar",
    "Merovia",
    "Nareth",
    "Orlenia",
    "Pellagia",
    "Rothmark",
    "Sunder Isles",
    "Tarnovia",
    "Ulmaria",
    "Vesperia",
    "Westmarch",
    "Zelmar",
];

pub(crate) const CITIES: &[&str] = &[
    "Port Ansel",
    "Graymoor",
    "Kestrel Bay",
    "Halden",
    "Marrow Creek",
    "Silverlake",
    "Northgate",
    "Ashbourne",
    "Redcliff",
    "Stonehaven",
    "Larkspur",
    "Fairwater",
    "Ironwood",
    "Bayhurst",
    "Coldwater",
    "Easton Falls",
    "Foxborough Hills",
    "Glenmere",
    "Harrowgate",
    "Juniper",
    "Kingsmoor",
    "Lakemont",
    "Millbrook",
    "New Avalon",
    "Oakhaven",
    "Pinecrest",
    "Queensport",
    "Riverton",
    "Saltmarsh",
    "Thornbury",
    "Upper Vale",
    "Vantage",
    "Whitecap",
    "Yarrow",
    "Zephyr Hills",
    "Bridgeton",
    "Cedar Point",
    "Dunmore",
    "Elkhorn",
    "Ferris",
];

const NICKNAMES: &[&str] = &[
    "Comets",
    "Herons",
    "Ironclads",
    "Foxes",
    "Mariners",
    "Stags",
    "Voyagers",
    "Owls",
    "Lanterns",
    "Bison",
    "Tides",
    "Falconers",
    "Sentinels",
    "Copperheads",
    "Drifters",
    "Embers",
    "Frost",
    "Gales",
    "Harpoons",
    "Jackals",
    "Kites",
    "Lynx",
    "Monarchs",
    "Nightjars",
    "Otters",
    "Pilots",
    "Quarrymen",
    "Ravens",
    "Scouts",
    "Terrapins",
    "Vipers",
    "Wardens",
    "Anvils",
    "Barons",
    "Cyclones",
    "Duelists",
    "Engineers",
    "Foresters",
    "Grizzlies",
    "Highlanders",
];

const CLUB_FORMS: &[&str] = &["FC", "United", "Rovers", "Athletic", "Wanderers", "City"];

const GIVEN: &[&str] = &[
    "Mara", "Tobias", "Ilse", "Renny", "Oskar", "Petra", "Lucan", "Sabine", "Dorian", "Anouk", "Casper", "Elin",
    "Fabian", "Greta", "Henrik", "Ines", "Jonas", "Katia", "Leopold", "Mirela", "Niklas", "Odette", "Pascal",
    "Rosalind", "Stellan", "Tamsin", "Ulrich", "Verena", "Wendel", "Yara",
];

const FAMILY: &[&str] = &[
    "Voss",
    "Halloran",
    "Brandt",
    "Okonjo",
    "Severin",
    "Lindqvist",
    "Marchetti",
    "Dvorak",
    "Ashdown",
    "Belmonte",
    "Castellan",
    "Drummond",
    "Eriksen",
    "Fontaine",
    "Galloway",
    "Hargrave",
    "Iverson",
    "Jankowski",
    "Kessler",
    "Lavigne",
    "Montrose",
    "Novak",
    "Ostrander",
    "Pemberton",
    "Quist",
    "Rasmussen",
    "Soames",
    "Thackeray",
    "Ullman",
    "Whitlock",
];

const COMPANY_STEMS: &[&str] = &[
    "Helix",
    "Northwind",
    "Arclight",
    "Bluepeak",
    "Corvid",
    "Deltaforge",
    "Everline",
    "Fathom",
    "Gridstone",
    "Hyperloom",
    "Ionic",
    "Junction",
    "Keystone",
    "Lumen",
    "Monolith",
    "Nimbus",
    "Orchard",
    "Paragon",
    "Quanta",
    "Riverbend",
    "Solstice",
    "Tessera",
    "Umbra",
    "Vectra",
    "Wavelength",
    "Xenith",
    "Yonder",
    "Zenrise",
];

const COMPANY_FORMS: &[&str] = &["Labs", "Motors", "Systems", "Aerospace", "Robotics", "Energy", "Foods", "Bank"];

/// Name and ticker symbol.
const TOKENS: &[(&str, &str)] = &[
    ("Aurix", "AUX"),
    ("Borealis", "BRL"),
    ("Cindercoin", "CND"),
    ("Dawnchain", "DWN"),
    ("Emberfi", "EMB"),
    ("Fluxnet", "FXN"),
    ("Glacier Protocol", "GLP"),
    ("Harborswap", "HBR"),
    ("Inkwell", "INK"),
    ("Jadeworks", "JDE"),
    ("Kiteline", "KTL"),
    ("Lodestar", "LDS"),
    ("Mosaic", "MSC"),
    ("Nacre", "NCR"),
    ("Obelisk", "OBK"),
    ("Prismatic", "PRM"),
    ("Quarrel", "QRL"),
    ("Ridgeline", "RDG"),
    ("Sablecoin", "SBL"),
    ("Tidepool", "TDP"),
    ("Umbral", "UMB"),
    ("Verdance", "VRD"),
    ("Wisp", "WSP"),
    ("Yieldmill", "YLM"),
];

pub(crate) const COMMODITIES: &[&str] =
    &["Northsea Crude", "Cobalt Index", "Saltmarsh Gas", "Grain Composite", "Polar Lithium", "Silverlake Copper"];

/// Tokens that trade already, as positions in [`TOKENS`].
pub(crate) const TOKENS_TRADED: std::ops::Range<usize> = 0..12;
/// Tokens still to come.
pub(crate) const TOKENS_TO_COME: std::ops::Range<usize> = 12..24;

/// A token's name and symbol.
pub(crate) fn token(rng: &mut Rng, of: std::ops::Range<usize>) -> (&'static str, &'static str) {
    TOKENS[of.start + rng.below(of.len() as u64) as usize]
}

/// A person's name.
pub(crate) fn person(rng: &mut Rng) -> String {
    format!("{} {}", rng.pick(GIVEN), rng.pick(FAMILY))
}

/// A company's name.
pub(crate) fn company(rng: &mut Rng) -> String {
    format!("{} {}", rng.pick(COMPANY_STEMS), rng.pick(COMPANY_FORMS))
}

/// `count` different names from one recipe.
pub(crate) fn distinct(rng: &mut Rng, count: usize, make: impl Fn(&mut Rng) -> String) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(count);
    while out.len() < count {
        let name = make(rng);
        if !out.contains(&name) {
            out.push(name);
        }
    }
    out
}

/// `count` teams of different cities and nicknames.
pub(crate) fn teams(rng: &mut Rng, count: usize) -> Vec<String> {
    let mut nicknames = NICKNAMES.to_vec();
    rng.shuffle(&mut nicknames);
    cities(rng, count).into_iter().zip(nicknames).map(|(city, nickname)| format!("{city} {nickname}")).collect()
}

/// `count` clubs of different cities.
pub(crate) fn clubs(rng: &mut Rng, count: usize) -> Vec<String> {
    cities(rng, count).into_iter().map(|city| format!("{city} {}", rng.pick(CLUB_FORMS))).collect()
}

fn cities(rng: &mut Rng, count: usize) -> Vec<&'static str> {
    let mut cities = CITIES.to_vec();
    rng.shuffle(&mut cities);
    cities.truncate(count);
    cities
}
