/* Every error of every room, in one place, so that the CLI, the desk and the bus decode them
 * without linking the room that raised them (style.md 4).
 *
 * Message texts are "what: why: what to do", lower-case first letter, no full stop, never a secret,
 * never page content. Cancelling is always G_IO_ERROR_CANCELLED. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What the queue does about an error; it looks at nothing else. */
typedef enum {
  SOHOA_ERROR_CLASS_RETRY,    /* goes away by itself: try again later with back-off */
  SOHOA_ERROR_CLASS_OPERATOR, /* a person must act first */
  SOHOA_ERROR_CLASS_FINAL,    /* will never work for this document */
  SOHOA_ERROR_CLASS_BUG,      /* our own fault: log as critical */
} SohoaErrorClass;

#define SOHOA_ERROR (sohoa_error_quark ())
typedef enum {
  SOHOA_ERROR_INTERNAL,
  SOHOA_ERROR_INVALID_ARGUMENT,
  SOHOA_ERROR_CONFIG,
  SOHOA_ERROR_NOT_FOUND,
  SOHOA_ERROR_NOT_AUTHORISED,
  SOHOA_ERROR_BUSY,
  SOHOA_ERROR_CONFLICT,      /* expected_revision is not the document's revision */
  SOHOA_ERROR_UNAVAILABLE,   /* daemon or helper program cannot be reached */
  SOHOA_ERROR_NEEDS_PERSON,  /* a mandatory field is doubtful and nobody confirmed it */
} SohoaError;

#define SOHOA_INTAKE_ERROR (sohoa_intake_error_quark ())
typedef enum {
  SOHOA_INTAKE_ERROR_UNREADABLE,   /* cannot be opened or read */
  SOHOA_INTAKE_ERROR_NOT_A_FILE,   /* symlink, FIFO, device, folder */
  SOHOA_INTAKE_ERROR_EMPTY,        /* no bytes or no pages */
  SOHOA_INTAKE_ERROR_UNSUPPORTED,  /* a format we do not take */
  SOHOA_INTAKE_ERROR_DAMAGED,      /* truncated or malformed */
  SOHOA_INTAKE_ERROR_ENCRYPTED,    /* needs a password */
  SOHOA_INTAKE_ERROR_TOO_LARGE,    /* passes a named limit */
  SOHOA_INTAKE_ERROR_TICKET,       /* the ticket beside a dropped file is wrong */
  SOHOA_INTAKE_ERROR_AGAINST_PROFILE, /* strict-input profile and a deviation */
} SohoaIntakeError;

#define SOHOA_GATE_ERROR (sohoa_gate_error_quark ())
typedef enum {
  SOHOA_GATE_ERROR_SECRET,   /* a secrecy mark was seen (QĐ25 Art. 1(2), 17) */
  SOHOA_GATE_ERROR_UNSURE,   /* header zone unreadable: a person decides */
  SOHOA_GATE_ERROR_NOT_CLEARED, /* asked to write a page without a clearance */
} SohoaGateError;

#define SOHOA_SCAN_ERROR (sohoa_scan_error_quark ())
typedef enum {
  SOHOA_SCAN_ERROR_NO_DEVICE,
  SOHOA_SCAN_ERROR_DEVICE_BUSY,
  SOHOA_SCAN_ERROR_JAM,
  SOHOA_SCAN_ERROR_COVER_OPEN,
  SOHOA_SCAN_ERROR_NO_PAPER,
  SOHOA_SCAN_ERROR_UNSUPPORTED,
  SOHOA_SCAN_ERROR_WORKER_DIED,
  SOHOA_SCAN_ERROR_DOUBLE_FEED,
  SOHOA_SCAN_ERROR_OFFLINE,       /* switched off, or not to be reached over the network */
  SOHOA_SCAN_ERROR_ACCESS_DENIED,
  SOHOA_SCAN_ERROR_VANISHED,      /* was there, and went away in the middle of its work */
  SOHOA_SCAN_ERROR_HANG,          /* a driver call passed its deadline; the worker was killed */
  SOHOA_SCAN_ERROR_BAD_IMAGE,     /* the picture is cut off, or is not what was promised */
  SOHOA_SCAN_ERROR_TOO_LARGE,     /* the picture passes a named limit */
  SOHOA_SCAN_ERROR_OPTION,        /* a setting was asked for that the device does not take */
} SohoaScanError;

#define SOHOA_OCR_ERROR (sohoa_ocr_error_quark ())
typedef enum {
  SOHOA_OCR_ERROR_LANGUAGE_MISSING,
  SOHOA_OCR_ERROR_TIMEOUT,
  SOHOA_OCR_ERROR_WORKER_DIED,
  SOHOA_OCR_ERROR_TOO_LARGE,
  SOHOA_OCR_ERROR_ENGINE,
} SohoaOcrError;

#define SOHOA_PDF_ERROR (sohoa_pdf_error_quark ())
typedef enum {
  SOHOA_PDF_ERROR_BAD_IMAGE,
  SOHOA_PDF_ERROR_BAD_ICC,
  SOHOA_PDF_ERROR_TOO_LARGE,      /* would pass 2 GiB (findings.md 1h) */
  SOHOA_PDF_ERROR_NOT_CONFORMING, /* read-back found a difference: nothing is signed */
  SOHOA_PDF_ERROR_NOT_APPENDABLE, /* incremental update not possible or not allowed (DocMDP, repaired) */
  SOHOA_PDF_ERROR_WRITE,
} SohoaPdfError;

#define SOHOA_SIGN_ERROR (sohoa_sign_error_quark ())
typedef enum {
  SOHOA_SIGN_ERROR_TOKEN_REMOVED,
  SOHOA_SIGN_ERROR_PIN,
  SOHOA_SIGN_ERROR_CERT_EXPIRED,
  SOHOA_SIGN_ERROR_KEY_MISMATCH,
  SOHOA_SIGN_ERROR_TSA_UNREACHABLE,
  SOHOA_SIGN_ERROR_TSA_REFUSED,
  SOHOA_SIGN_ERROR_FORMAT,
  SOHOA_SIGN_ERROR_NO_KEY,
  SOHOA_SIGN_ERROR_INVALID,       /* verification: not VALID */
  SOHOA_SIGN_ERROR_TOKEN,         /* the token's module failed, hung or crashed */
  SOHOA_SIGN_ERROR_PIN_LOCKED,    /* the token takes no PIN any more */
  SOHOA_SIGN_ERROR_PIN_FINAL,     /* one more wrong PIN locks the token: nothing was tried yet */
  SOHOA_SIGN_ERROR_LOCKED,        /* nobody has unlocked a key for this document */
} SohoaSignError;

#define SOHOA_STORE_ERROR (sohoa_store_error_quark ())
typedef enum {
  SOHOA_STORE_ERROR_NO_SPACE,
  SOHOA_STORE_ERROR_SCHEMA_TOO_NEW,
  SOHOA_STORE_ERROR_CORRUPT,
  SOHOA_STORE_ERROR_ILLEGAL_MOVE,
  SOHOA_STORE_ERROR_LEASE_LOST,   /* the fencing token is no longer the newest: drop the work */
  SOHOA_STORE_ERROR_IO,
} SohoaStoreError;

#define SOHOA_SUBMIT_ERROR (sohoa_submit_error_quark ())
typedef enum {
  SOHOA_SUBMIT_ERROR_UNREACHABLE,
  SOHOA_SUBMIT_ERROR_SERVER_BUSY,
  SOHOA_SUBMIT_ERROR_AUTH,
  SOHOA_SUBMIT_ERROR_REJECTED,
  SOHOA_SUBMIT_ERROR_TOO_LARGE,  /* larger than the target takes: known before signing */
  SOHOA_SUBMIT_ERROR_UNKNOWN_OUTCOME, /* sent, no answer: ask before sending again */
  SOHOA_SUBMIT_ERROR_BAD_ANSWER,
} SohoaSubmitError;

GQuark sohoa_error_quark (void);
GQuark sohoa_intake_error_quark (void);
GQuark sohoa_gate_error_quark (void);
GQuark sohoa_scan_error_quark (void);
GQuark sohoa_ocr_error_quark (void);
GQuark sohoa_pdf_error_quark (void);
GQuark sohoa_sign_error_quark (void);
GQuark sohoa_store_error_quark (void);
GQuark sohoa_submit_error_quark (void);

/* Exit statuses of every program: a contract (design.md 5). */
typedef enum {
  SOHOA_EXIT_OK = 0,
  SOHOA_EXIT_INTERNAL = 1,
  SOHOA_EXIT_USAGE = 2,
  SOHOA_EXIT_REFUSED = 3,
  SOHOA_EXIT_SECRET = 4,
  SOHOA_EXIT_INCOMPLETE = 5,
  SOHOA_EXIT_TRY_AGAIN = 6,
  SOHOA_EXIT_SIGNATURE = 7,
  SOHOA_EXIT_NOT_AUTHORISED = 8,
} SohoaExit;

/* Registers every domain's D-Bus names ("vn.sohoa.Desk1.Error.Intake.Encrypted"). Call once at the
 * start of every program that speaks on the bus; calling again is harmless. */
void sohoa_errors_register (void);

/* The class of any error, ours or foreign. Foreign: G_IO_ERROR_NO_SPACE is OPERATOR, time-outs and
 * busy are RETRY, everything else FINAL. Never fails. */
SohoaErrorClass sohoa_error_class (const GError *error);
const char     *sohoa_error_class_to_string (SohoaErrorClass cls);

/* The exit status of a program that ends with @error (NULL = SOHOA_EXIT_OK). */
SohoaExit sohoa_error_exit_status (const GError *error);

/* Short stable name, "Intake.Encrypted", for logs, JSON and the worker's pipe; static string.
 * A foreign error gives "Internal". */
const char *sohoa_error_name (const GError *error);

/* The inverse: makes an error from a name of sohoa_error_name(). An unknown name gives
 * SOHOA_ERROR_INTERNAL, so a hostile peer can invent nothing. */
GError *sohoa_error_new_from_name (const char *name, const char *message);

G_END_DECLS
