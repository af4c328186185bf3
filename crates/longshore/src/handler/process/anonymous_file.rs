//! A file without a name, which ends with its last descriptor. On Linux it is in memory, elsewhere
//! in the directory for temporary files.

use std::fs::File;
use std::io::{self, Seek, Write};

/// A new empty file. `name` is what `/proc` shows.
#[cfg(target_os = "linux")]
pub(in crate::handler) fn empty(name: &str) -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    use rustix::io::Errno;

    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let file = match memfd_create(name, flags | MemfdFlags::NOEXEC_SEAL) {
        // Linux before 6.3. Newer systems can be configured to require that flag.
        Err(Errno::INVAL) => memfd_create(name, flags),
        made => made,
    };
    Ok(File::from(file?))
}

#[cfg(not(target_os = "linux"))]
pub(in crate::handler) fn empty(_name: &str) -> io::Result<File> {
    tempfile::tempfile()
}

/// A new file with this text, at its beginning. On Linux no process can change it.
pub(in crate::handler) fn with_text(name: &str, text: &str) -> io::Result<File> {
    let mut file = empty(name)?;
    file.write_all(text.as_bytes())?;
    file.rewind()?;
    seal(&file)?;
    Ok(file)
}

#[cfg(target_os = "linux")]
fn seal(file: &File) -> io::Result<()> {
    use rustix::fs::{SealFlags, fcntl_add_seals};

    let seals = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
    Ok(fcntl_add_seals(file, seals)?)
}

#[cfg(not(target_os = "linux"))]
fn seal(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_text_is_read_from_its_beginning_and_cannot_be_changed() {
        let mut file = with_text("test", "body").unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "body");
        assert!(file.write_all(b"more").is_err());
        assert!(file.set_len(0).is_err());
    }

    #[test]
    fn a_command_does_not_inherit_a_file() {
        use rustix::io::{FdFlags, fcntl_getfd};

        let flags = fcntl_getfd(empty("test").unwrap()).unwrap();
        assert!(flags.contains(FdFlags::CLOEXEC), "{flags:?}");
    }
}
