//! Prompts as files: front matter, strict rendering, content hashes.
