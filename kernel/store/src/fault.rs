//! What a fault of the engine may say (错误脱敏): what happened and the names of tables, columns and constraints,
//! never a value. An engine quotes what it could not read (`syntax error in tsquery: "…"`), and its detail line
//! holds the whole key of a row: what people typed must not reach the log that way.

use base::{Fault, Stop};
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};

/// The stop; a fault of the engine without values.
pub(crate) fn without_values(stop: Stop) -> Stop {
    let Stop::Fault(fault) = &stop else { return stop };
    match fault.source().downcast_ref::<Error>() {
        Some(Error::DatabaseError(kind, said)) => Fault::new(told(kind, &**said)).into(),
        _ => stop,
    }
}

fn told(kind: &DatabaseErrorKind, said: &(dyn DatabaseErrorInformation + Send + Sync)) -> String {
    use DatabaseErrorKind::{CheckViolation, ForeignKeyViolation, NotNullViolation, UniqueViolation};
    let message = match kind {
        // These name what was violated, on both engines; the values stand in the detail, which is left out.
        UniqueViolation | ForeignKeyViolation | NotNullViolation | CheckViolation => said.message(),
        // What follows a colon may be a quotation.
        _ => said.message().split(": ").next().unwrap_or_default(),
    };
    let mut out = message.to_owned();
    let names = [said.table_name(), said.column_name(), said.constraint_name()];
    for name in names.into_iter().flatten().filter(|name| !message.contains(name)) {
        out.push_str(", ");
        out.push_str(name);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(kind: DatabaseErrorKind, message: &str) -> String {
        let error = Error::DatabaseError(kind, Box::new(message.to_owned()));
        match without_values(error.into()) {
            Stop::Fault(fault) => fault.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn names_are_told_and_values_are_not() {
        let unique = "UNIQUE constraint failed: case_item.number";
        assert_eq!(said(DatabaseErrorKind::UniqueViolation, unique), unique);
        for quoting in [
            "syntax error in tsquery: \"13900001234\"",
            "invalid input syntax for type bigint: \"13900001234\"",
        ] {
            assert!(!said(DatabaseErrorKind::Unknown, quoting).contains("1390"), "{quoting}");
        }
        assert_eq!(said(DatabaseErrorKind::Unknown, "disk I/O error"), "disk I/O error");
    }
}
