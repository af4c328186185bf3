//! How messages are encrypted at rest.

use crate::checks::judging::Policies;
use crate::finding::{Problem, Severity, Verdict};
use crate::fix::Fix;
use crate::queue::{Encryption, Queue, Setting};

/// Messages are stored without encryption. Queues from before October 2022 may be like this.
pub(in crate::checks) fn encryption_off(queue: &Queue, _: &Policies) -> Verdict {
    match queue.encryption {
        Setting::Known(Encryption::Off) => {}
        Setting::Unknown => return Verdict::Unknown("the encryption of the queue"),
        Setting::Known(_) | Setting::Unset => return Verdict::Fine,
    }
    let text =
        "Switch on encryption with keys of SQS. It costs nothing, and consumers do not change.";
    let attribute = ("SqsManagedSseEnabled", "true");
    let fix = Fix::attribute(queue, text, attribute, "sqs_managed_sse_enabled = true");
    Problem::exact(Severity::Medium, "Messages are stored without encryption.", fix).into()
}

/// A key of the customer, if the user asked for one.
pub(in crate::checks) fn no_customer_key(queue: &Queue, policies: &Policies) -> Verdict {
    if !policies.customer_key {
        return Verdict::Fine;
    }
    let found = match queue.encryption {
        Setting::Known(Encryption::CustomerKey) => return Verdict::Fine,
        Setting::Unknown => return Verdict::Unknown("the encryption of the queue"),
        Setting::Known(Encryption::Sqs) | Setting::Unset => "keys of SQS",
        Setting::Known(Encryption::AwsManagedKey) => "the AWS managed key alias/aws/sqs",
        Setting::Known(Encryption::Off) => "no key",
    };
    let evidence =
        format!("A customer managed key of KMS is required, and the queue uses {found}.");
    let text = "Name your key. Producers need kms:GenerateDataKey and kms:Decrypt for it, consumers \
                kms:Decrypt. KMS bills their calls.";
    let attribute = ("KmsMasterKeyId", "alias/YOUR-KEY");
    let fix = Fix::attribute(queue, text, attribute, "kms_master_key_id = \"alias/YOUR-KEY\"");
    Problem::exact(Severity::Medium, evidence, fix).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_key_is_required_only_if_asked_for() {
        let asked = Policies { customer_key: true, ..Policies::default() };
        let mut queue = Queue::example("orders");
        assert!(matches!(no_customer_key(&queue, &asked), Verdict::Problem(_)));
        assert_eq!(no_customer_key(&queue, &Policies::default()), Verdict::Fine);
        queue.encryption = Setting::Known(Encryption::CustomerKey);
        assert_eq!(no_customer_key(&queue, &asked), Verdict::Fine);
    }

    #[test]
    fn a_plan_that_does_not_name_encryption_gets_that_of_sqs() {
        let mut queue = Queue::example("orders");
        queue.encryption = Setting::Unset;
        assert_eq!(encryption_off(&queue, &Policies::default()), Verdict::Fine);
        queue.encryption = Setting::Known(Encryption::Off);
        assert!(matches!(encryption_off(&queue, &Policies::default()), Verdict::Problem(_)));
    }
}
