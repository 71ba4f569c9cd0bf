//! A file that is hashed while it is read, so that the hash is that of the bytes that were used.

use super::gamma_dump::{GZIP_MAGIC, read_error};
use super::unusable;
use crate::source::SourceError;
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Hashes every byte of a file on its way to a parser.
#[derive(Debug)]
pub(super) struct HashedFile {
    file: File,
    hash: Sha256,
    /// First bytes of the file, read to tell packed from plain, and how many of them were handed on.
    start: Vec<u8>,
    given: usize,
}

impl HashedFile {
    pub(super) fn open(path: &Path) -> Result<Self, SourceError> {
        let refused =
            |e: io::Error| unusable(path, format!("it cannot be opened ({e}). Check the path and its permissions"));
        let mut file = File::open(path).map_err(refused)?;
        let mut start = Vec::new();
        (&mut file).take(GZIP_MAGIC.len() as u64).read_to_end(&mut start).map_err(refused)?;
        Ok(Self { file, hash: Sha256::new_with_prefix(&start), start, given: 0 })
    }

    /// The content, unpacked when the first bytes say gzip, whatever the name.
    pub(super) fn unpacked(&mut self) -> Box<dyn Read + '_> {
        if self.start == GZIP_MAGIC { Box::new(MultiGzDecoder::new(self)) } else { Box::new(self) }
    }

    /// SHA-256 of the whole file, whatever part of it was asked for.
    pub(super) fn finish(mut self, path: &Path) -> Result<[u8; 32], SourceError> {
        io::copy(&mut self, &mut io::sink()).map_err(|e| read_error(path, &e))?;
        Ok(self.hash.finalize().into())
    }
}

impl Read for HashedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut start = &self.start[self.given..];
        if !start.is_empty() {
            let n = start.read(buffer)?;
            self.given += n;
            return Ok(n);
        }
        let n = self.file.read(buffer)?;
        self.hash.update(&buffer[..n]);
        Ok(n)
    }
}

/// A hash in hexadecimal.
pub(super) fn hex(hash: &[u8]) -> String {
    use std::fmt::Write;
    hash.iter().fold(String::with_capacity(2 * hash.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
