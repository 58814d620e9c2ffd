//! The numbers and names by which a call of Supervisor's interface fails.

use std::fmt;

/// Declares the codes once: variant, number, name on the wire.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $number:literal $name:literal,)+) => {
        /// Why a call failed, or 80 for one process of a call on many that did not.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FaultCode {
            $($(#[doc = $doc])+ $variant = $number,)+
        }

        impl FaultCode {
            /// All codes, by number.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name that starts the fault's text.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

codes! {
    /// No such method.
    UnknownMethod = 1 "UNKNOWN_METHOD",
    /// Wrong number or types of parameters.
    IncorrectParameters = 2 "INCORRECT_PARAMETERS",
    /// Parameters out of range.
    BadArguments = 3 "BAD_ARGUMENTS",
    /// Help or signature of an unknown method.
    SignatureUnsupported = 4 "SIGNATURE_UNSUPPORTED",
    /// The daemon is shutting down or restarting.
    ShutdownState = 6 "SHUTDOWN_STATE",
    /// No process or group of this name.
    BadName = 10 "BAD_NAME",
    /// No signal of this name.
    BadSignal = 11 "BAD_SIGNAL",
    /// No such file: a command or a log.
    NoFile = 20 "NO_FILE",
    /// The command cannot be executed.
    NotExecutable = 21 "NOT_EXECUTABLE",
    /// Failed for a reason that the text names.
    Failed = 30 "FAILED",
    /// The process died while it was waited for.
    AbnormalTermination = 40 "ABNORMAL_TERMINATION",
    /// The process could not be started.
    SpawnError = 50 "SPAWN_ERROR",
    /// The process runs already.
    AlreadyStarted = 60 "ALREADY_STARTED",
    /// The process does not run.
    NotRunning = 70 "NOT_RUNNING",
    /// No failure.
    Success = 80 "SUCCESS",
    /// The group is active already.
    AlreadyAdded = 90 "ALREADY_ADDED",
    /// Processes of the group still run.
    StillRunning = 91 "STILL_RUNNING",
    /// The configuration cannot be read again.
    CantReread = 92 "CANT_REREAD",
}

impl FaultCode {
    /// The number on the wire.
    pub fn number(self) -> i64 {
        self as i64
    }

    /// The code of a number on the wire.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.number() == number)
    }
}

/// A failed call: a number and a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Of [`FaultCode`] when Supervisor's interface answers; other servers may use any number.
    pub code: i64,
    /// `NAME` or `NAME: extra`.
    pub string: String,
}

impl Fault {
    /// The fault whose text is the code's name alone.
    pub fn new(code: FaultCode) -> Self {
        Self { code: code.number(), string: code.name().to_owned() }
    }

    /// The fault whose text is the code's name, a colon and `extra`.
    pub fn with(code: FaultCode, extra: impl fmt::Display) -> Self {
        Self { code: code.number(), string: format!("{}: {extra}", code.name()) }
    }

    /// Whether it is of this code.
    pub fn is(&self, code: FaultCode) -> bool {
        self.code == code.number()
    }
}

impl From<FaultCode> for Fault {
    fn from(code: FaultCode) -> Self {
        Self::new(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_go_both_ways() {
        for code in FaultCode::ALL {
            assert_eq!(FaultCode::from_number(code.number()), Some(*code));
        }
        assert_eq!(FaultCode::from_number(5), None);
        assert_eq!(Fault::new(FaultCode::BadName).string, "BAD_NAME");
        let fault = Fault::with(FaultCode::AlreadyAdded, "cat");
        assert_eq!((fault.code, fault.string.as_str()), (90, "ALREADY_ADDED: cat"));
        assert!(fault.is(FaultCode::AlreadyAdded));
    }
}
