//! Columns of a Parquet file, whatever bytes the file has.
//!
//! The format needs no checksums and files seldom have them: a byte that was changed inside a value is read as another value. What is
//! read is of the bytes that the hash of the file is of.

use super::hashed::HashedFile;
use super::unusable;
use crate::source::SourceError;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::column::reader::{get_column_reader, get_typed_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result as Decoded};
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::file::serialized_reader::SerializedFileReader;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Most rows read of one file: a decoded row takes some hundred bytes and a group of rows is decoded at once, so about 1 GB.
const ROWS_MAX: i64 = 10_000_000;

/// A column that a table must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Int,
    Float,
}

/// One column of one group of rows.
#[derive(Debug)]
pub(super) enum Column {
    Text(Vec<Option<ByteArray>>),
    Int(Vec<Option<i64>>),
    Float(Vec<Option<f64>>),
}

impl Column {
    /// The text of a row: `None` where it is null, blank or not UTF-8.
    pub(super) fn text(&self, row: usize) -> Option<&str> {
        let Self::Text(values) = self else { return None };
        let text = std::str::from_utf8(values.get(row)?.as_ref()?.data()).ok()?.trim();
        (!text.is_empty()).then_some(text)
    }

    pub(super) fn int(&self, row: usize) -> Option<i64> {
        let Self::Int(values) = self else { return None };
        *values.get(row)?
    }

    pub(super) fn float(&self, row: usize) -> Option<f64> {
        let Self::Float(values) = self else { return None };
        *values.get(row)?
    }
}

/// A Parquet file with its wanted columns found.
pub(super) struct Table<const N: usize> {
    path: PathBuf,
    file: SerializedFileReader<File>,
    /// Where each wanted column lies in the file.
    wanted: [(usize, Kind); N],
    hash: [u8; 32],
}

impl<const N: usize> Table<N> {
    /// Opens a file and finds columns by name. Other columns are not read.
    pub(super) fn open(path: &Path, names: [(&str, Kind); N]) -> Result<Self, SourceError> {
        let hash = HashedFile::open(path)?.finish(path)?;
        let refused = |e: std::io::Error| {
            unusable(path, format!("it cannot be opened ({e}). Check the path and its permissions"))
        };
        let file = File::open(path).map_err(refused)?;
        let file = guarded(path, || SerializedFileReader::new(file))?;
        let meta = file.metadata();
        let groups = meta.row_groups().iter();
        let rows = groups.clone().try_fold(0_i64, |sum, g| sum.checked_add(Some(g.num_rows()).filter(|n| *n >= 0)?));
        match rows {
            None => return Err(damaged(path, "its counts of rows are impossible")),
            Some(rows) if rows > ROWS_MAX => {
                return Err(unusable(
                    path,
                    format!("it has {rows} rows, and at most {ROWS_MAX} are read. Split it by time"),
                ));
            }
            Some(_) => {}
        }
        let schema = meta.file_metadata().schema_descr();
        let mut wanted = [(0, Kind::Text); N];
        for (place, (name, kind)) in wanted.iter_mut().zip(names) {
            let found = schema.columns().iter().position(|c| c.path().string() == name);
            let all = names.map(|(name, _)| name).join(", ");
            let at = found.ok_or_else(|| unusable(path, format!("it has no column {name}. Expected: {all}")))?;
            let column = schema.column(at);
            let physical = match kind {
                Kind::Text => ByteArrayType::get_physical_type(),
                Kind::Int => Int64Type::get_physical_type(),
                Kind::Float => DoubleType::get_physical_type(),
            };
            let (is, levels) = (column.physical_type(), (column.max_def_level(), column.max_rep_level()));
            if is != physical || levels.0 > 1 || levels.1 > 0 {
                return Err(unusable(path, format!("its column {name} is {is}, and a plain {physical} is expected")));
            }
            *place = (at, kind);
        }
        // A damaged file can list fewer columns for a group than the schema has.
        if groups.clone().any(|g| g.num_columns() != schema.num_columns()) {
            return Err(damaged(path, "a group of rows does not have the columns of the file"));
        }
        Ok(Self { path: path.to_owned(), file, wanted, hash })
    }

    /// SHA-256 of the file.
    pub(super) fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// Hands every row to `row`, in the order of the file: the wanted columns in the order in which they were named, and the row's
    /// place in them.
    pub(super) fn each(&self, mut row: impl FnMut(&[Column; N], usize)) -> Result<(), SourceError> {
        for (group, meta) in self.file.metadata().row_groups().iter().enumerate() {
            let rows = usize::try_from(meta.num_rows()).unwrap_or(0);
            let columns = guarded(&self.path, || {
                let reader = self.file.get_row_group(group)?;
                let mut columns = [const { Column::Text(Vec::new()) }; N];
                for (column, (at, kind)) in columns.iter_mut().zip(self.wanted) {
                    *column = match kind {
                        Kind::Text => Column::Text(values::<ByteArrayType>(&*reader, at, rows)?),
                        Kind::Int => Column::Int(values::<Int64Type>(&*reader, at, rows)?),
                        Kind::Float => Column::Float(values::<DoubleType>(&*reader, at, rows)?),
                    };
                }
                Ok(columns)
            })?;
            (0..rows).for_each(|i| row(&columns, i));
        }
        Ok(())
    }
}

/// All values of a column in a group of rows.
fn values<T: DataType>(group: &dyn RowGroupReader, at: usize, rows: usize) -> Decoded<Vec<Option<T::T>>> {
    let descr = group.metadata().column(at).column_descr_ptr();
    let optional = descr.max_def_level() > 0;
    let pages = Box::new(CheckedPages(group.get_column_page_reader(at)?));
    let mut reader = get_typed_column_reader::<T>(get_column_reader(descr, pages));
    let (mut levels, mut values) = (Vec::new(), Vec::new());
    let mut read = 0;
    while read < rows {
        let (records, _, _) = reader.read_records(rows - read, optional.then_some(&mut levels), None, &mut values)?;
        if records == 0 {
            break;
        }
        read += records;
    }
    let present = if optional { levels.iter().filter(|l| **l > 0).count() } else { read };
    if read != rows || values.len() != present || (optional && levels.len() != rows) {
        return Err(ParquetError::General(format!("a column has {read} values for {rows} rows")));
    }
    let mut values = values.into_iter();
    Ok((0..rows).map(|i| if !optional || levels[i] > 0 { values.next() } else { None }).collect())
}

/// Pages whose dictionaries cannot claim more values than they have bytes: the reader makes room for all of them before it looks.
struct CheckedPages(Box<dyn PageReader>);

impl Iterator for CheckedPages {
    type Item = Decoded<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for CheckedPages {
    fn get_next_page(&mut self) -> Decoded<Option<Page>> {
        let page = self.0.get_next_page()?;
        if let Some(Page::DictionaryPage { buf, num_values, .. }) = &page
            && *num_values as usize > buf.len()
        {
            return Err(ParquetError::General(format!(
                "a dictionary of {} bytes claims {num_values} values",
                buf.len()
            )));
        }
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Decoded<Option<PageMetadata>> {
        self.0.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Decoded<()> {
        self.0.skip_next_page()
    }
}

fn damaged(path: &Path, why: &str) -> SourceError {
    unusable(path, format!("it is cut off or damaged ({why}). Copy the whole file again"))
}

/// Runs the decoder. It checks most of what it reads, but some damage (a negative offset of a column, a page that wants a dictionary
/// where there is none) makes it panic, and a bad file must not end the program. What it was working on is thrown away, so nothing half
/// done is seen after. The panic still says where it was on the error output, which this cannot keep quiet for one thread alone.
fn guarded<T>(path: &Path, decode: impl FnOnce() -> Decoded<T>) -> Result<T, SourceError> {
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(Ok(decoded)) => Ok(decoded),
        Ok(Err(e)) => Err(damaged(path, &e.to_string())),
        Err(_) => Err(damaged(path, "its pages contradict themselves")),
    }
}
