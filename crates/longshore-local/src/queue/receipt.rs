//! Receipt handles: which queue, which message and which of its receives.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::message::Key;
use crate::refusal::{Reason, Refusal};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// Random, so that a handle of another queue, or of a deleted one of the same name, is known as such.
    pub(super) queue: u64,
    pub(super) key: Key,
    pub(super) serial: u64,
}

impl Receipt {
    pub(crate) fn encode(self) -> String {
        let mut bytes = [0; 24];
        for (part, number) in bytes.chunks_exact_mut(8).zip([self.queue, self.key, self.serial]) {
            part.copy_from_slice(&number.to_be_bytes());
        }
        BASE64.encode(bytes)
    }

    pub(crate) fn decode(handle: &str) -> Result<Self, Refusal> {
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_be_bytes).ok();
        let parse = || {
            let bytes = BASE64.decode(handle).ok().filter(|bytes| bytes.len() == 24)?;
            let (queue, key, serial) =
                (number(&bytes[..8])?, number(&bytes[8..16])?, number(&bytes[16..])?);
            Some(Self { queue, key, serial })
        };
        parse().ok_or_else(|| Self::invalid(handle))
    }

    pub(super) fn invalid(handle: &str) -> Refusal {
        let message =
            format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
        Refusal::new(Reason::ReceiptHandleIsInvalid, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_reads_back_as_the_receipt_it_was() {
        let receipt = Receipt { queue: u64::MAX, key: 7, serial: 1 << 40 };
        assert_eq!(Receipt::decode(&receipt.encode()), Ok(receipt));
    }

    #[test]
    fn garbage_is_refused_by_name() {
        for garbage in ["", "garbage", "ä", &BASE64.encode([0; 23])] {
            assert_eq!(Receipt::decode(garbage).unwrap_err().code(), "ReceiptHandleIsInvalid");
        }
    }
}
