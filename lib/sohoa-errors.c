#include "sohoa-errors.h"

#define BUS_PREFIX "vn.sohoa.Desk1.Error."

typedef struct {
  GQuark (*quark) (void);
  int             code;
  const char     *name; /* D-Bus name without BUS_PREFIX */
  SohoaErrorClass cls;
  SohoaExit       exit;
} ErrorRow;

/* The one table. A new code gets its row here and nowhere else. */
static const ErrorRow rows[] = {
  { sohoa_error_quark, SOHOA_ERROR_INTERNAL, "Internal",
    SOHOA_ERROR_CLASS_BUG, SOHOA_EXIT_INTERNAL },
  { sohoa_error_quark, SOHOA_ERROR_INVALID_ARGUMENT, "InvalidArgument",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_USAGE },
  { sohoa_error_quark, SOHOA_ERROR_CONFIG, "Config",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_USAGE },
  { sohoa_error_quark, SOHOA_ERROR_NOT_FOUND, "NotFound",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_error_quark, SOHOA_ERROR_NOT_AUTHORISED, "NotAuthorised",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_NOT_AUTHORISED },
  { sohoa_error_quark, SOHOA_ERROR_BUSY, "Busy",
    SOHOA_ERROR_CLASS_RETRY, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_error_quark, SOHOA_ERROR_CONFLICT, "Conflict",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_error_quark, SOHOA_ERROR_UNAVAILABLE, "Unavailable",
    SOHOA_ERROR_CLASS_RETRY, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_error_quark, SOHOA_ERROR_NEEDS_PERSON, "NeedsPerson",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_INCOMPLETE },
  { sohoa_intake_error_quark, SOHOA_INTAKE_ERROR_UNREADABLE, "Intake.Unreadable",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_intake_error_quark, SOHOA_INTAKE_ERROR_NOT_A_FILE, "Intake.NotAFile",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_intake_error_quark, SOHOA_INTAKE_ERROR_EMPTY, "Intake.Empty",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_intake_error_quark, SOHOA_INTAKE_ERROR_UNSUPPORTED, "Intake.Unsupported",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_intake_error_quark, SOHOA_INTAKE_ERROR_DAMAGED, "Intake.Damaged",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_intake_error_quark, SOHOA_INTAKE_ERROR_ENCRYPTED, "Intake.Encrypted",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_intake_error_quark, SOHOA_INTAKE_ERROR_TOO_LARGE, "Intake.TooLarge",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_intake_error_quark, SOHOA_INTAKE_ERROR_TICKET, "Intake.Ticket",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_intake_error_quark, SOHOA_INTAKE_ERROR_AGAINST_PROFILE, "Intake.AgainstProfile",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_gate_error_quark, SOHOA_GATE_ERROR_SECRET, "Gate.Secret",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_SECRET },
  { sohoa_gate_error_quark, SOHOA_GATE_ERROR_UNSURE, "Gate.Unsure",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_SECRET },
  { sohoa_gate_error_quark, SOHOA_GATE_ERROR_NOT_CLEARED, "Gate.NotCleared",
    SOHOA_ERROR_CLASS_BUG, SOHOA_EXIT_INTERNAL },
  { sohoa_scan_error_quark, SOHOA_SCAN_ERROR_NO_DEVICE, "Scan.NoDevice",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_scan_error_quark, SOHOA_SCAN_ERROR_DEVICE_BUSY, "Scan.DeviceBusy",
    SOHOA_ERROR_CLASS_RETRY, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_scan_error_quark, SOHOA_SCAN_ERROR_JAM, "Scan.Jam",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_scan_error_quark, SOHOA_SCAN_ERROR_COVER_OPEN, "Scan.CoverOpen",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_scan_error_quark, SOHOA_SCAN_ERROR_NO_PAPER, "Scan.NoPaper",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_scan_error_quark, SOHOA_SCAN_ERROR_UNSUPPORTED, "Scan.Unsupported",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_scan_error_quark, SOHOA_SCAN_ERROR_WORKER_DIED, "Scan.WorkerDied",
    SOHOA_ERROR_CLASS_RETRY, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_scan_error_quark, SOHOA_SCAN_ERROR_DOUBLE_FEED, "Scan.DoubleFeed",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_scan_error_quark, SOHOA_SCAN_ERROR_OFFLINE, "Scan.Offline",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_scan_error_quark, SOHOA_SCAN_ERROR_ACCESS_DENIED, "Scan.AccessDenied",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_NOT_AUTHORISED },
  { sohoa_scan_error_quark, SOHOA_SCAN_ERROR_VANISHED, "Scan.Vanished",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_scan_error_quark, SOHOA_SCAN_ERROR_HANG, "Scan.Hang",
    SOHOA_ERROR_CLASS_RETRY, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_scan_error_quark, SOHOA_SCAN_ERROR_BAD_IMAGE, "Scan.BadImage",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_scan_error_quark, SOHOA_SCAN_ERROR_TOO_LARGE, "Scan.TooLarge",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_scan_error_quark, SOHOA_SCAN_ERROR_OPTION, "Scan.Option",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_USAGE },
  { sohoa_ocr_error_quark, SOHOA_OCR_ERROR_LANGUAGE_MISSING, "Ocr.LanguageMissing",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_INTERNAL },
  { sohoa_ocr_error_quark, SOHOA_OCR_ERROR_TIMEOUT, "Ocr.Timeout",
    SOHOA_ERROR_CLASS_RETRY, SOHOA_EXIT_REFUSED },
  { sohoa_ocr_error_quark, SOHOA_OCR_ERROR_WORKER_DIED, "Ocr.WorkerDied",
    SOHOA_ERROR_CLASS_RETRY, SOHOA_EXIT_REFUSED },
  { sohoa_ocr_error_quark, SOHOA_OCR_ERROR_TOO_LARGE, "Ocr.TooLarge",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_ocr_error_quark, SOHOA_OCR_ERROR_ENGINE, "Ocr.Engine",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_INTERNAL },
  { sohoa_pdf_error_quark, SOHOA_PDF_ERROR_BAD_IMAGE, "Pdf.BadImage",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_pdf_error_quark, SOHOA_PDF_ERROR_BAD_ICC, "Pdf.BadIcc",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_pdf_error_quark, SOHOA_PDF_ERROR_TOO_LARGE, "Pdf.TooLarge",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_pdf_error_quark, SOHOA_PDF_ERROR_NOT_CONFORMING, "Pdf.NotConforming",
    SOHOA_ERROR_CLASS_BUG, SOHOA_EXIT_INTERNAL },
  { sohoa_pdf_error_quark, SOHOA_PDF_ERROR_NOT_APPENDABLE, "Pdf.NotAppendable",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_pdf_error_quark, SOHOA_PDF_ERROR_WRITE, "Pdf.Write",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_INTERNAL },
  { sohoa_sign_error_quark, SOHOA_SIGN_ERROR_TOKEN_REMOVED, "Sign.TokenRemoved",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_SIGNATURE },
  { sohoa_sign_error_quark, SOHOA_SIGN_ERROR_PIN, "Sign.Pin",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_SIGNATURE },
  { sohoa_sign_error_quark, SOHOA_SIGN_ERROR_CERT_EXPIRED, "Sign.CertExpired",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_SIGNATURE },
  { sohoa_sign_error_quark, SOHOA_SIGN_ERROR_KEY_MISMATCH, "Sign.KeyMismatch",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_SIGNATURE },
  { sohoa_sign_error_quark, SOHOA_SIGN_ERROR_TSA_UNREACHABLE, "Sign.TsaUnreachable",
    SOHOA_ERROR_CLASS_RETRY, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_sign_error_quark, SOHOA_SIGN_ERROR_TSA_REFUSED, "Sign.TsaRefused",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_SIGNATURE },
  { sohoa_sign_error_quark, SOHOA_SIGN_ERROR_FORMAT, "Sign.Format",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_SIGNATURE },
  { sohoa_sign_error_quark, SOHOA_SIGN_ERROR_NO_KEY, "Sign.NoKey",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_SIGNATURE },
  { sohoa_sign_error_quark, SOHOA_SIGN_ERROR_INVALID, "Sign.Invalid",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_SIGNATURE },
  { sohoa_sign_error_quark, SOHOA_SIGN_ERROR_TOKEN, "Sign.Token",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_SIGNATURE },
  { sohoa_sign_error_quark, SOHOA_SIGN_ERROR_PIN_LOCKED, "Sign.PinLocked",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_SIGNATURE },
  { sohoa_sign_error_quark, SOHOA_SIGN_ERROR_PIN_FINAL, "Sign.PinFinal",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_SIGNATURE },
  { sohoa_sign_error_quark, SOHOA_SIGN_ERROR_LOCKED, "Sign.Locked",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_SIGNATURE },
  { sohoa_store_error_quark, SOHOA_STORE_ERROR_NO_SPACE, "Store.NoSpace",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_store_error_quark, SOHOA_STORE_ERROR_SCHEMA_TOO_NEW, "Store.SchemaTooNew",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_INTERNAL },
  { sohoa_store_error_quark, SOHOA_STORE_ERROR_CORRUPT, "Store.Corrupt",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_INTERNAL },
  { sohoa_store_error_quark, SOHOA_STORE_ERROR_ILLEGAL_MOVE, "Store.IllegalMove",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_store_error_quark, SOHOA_STORE_ERROR_LEASE_LOST, "Store.LeaseLost",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_INTERNAL },
  { sohoa_store_error_quark, SOHOA_STORE_ERROR_IO, "Store.Io",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_INTERNAL },
  { sohoa_submit_error_quark, SOHOA_SUBMIT_ERROR_UNREACHABLE, "Submit.Unreachable",
    SOHOA_ERROR_CLASS_RETRY, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_submit_error_quark, SOHOA_SUBMIT_ERROR_SERVER_BUSY, "Submit.ServerBusy",
    SOHOA_ERROR_CLASS_RETRY, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_submit_error_quark, SOHOA_SUBMIT_ERROR_AUTH, "Submit.Auth",
    SOHOA_ERROR_CLASS_OPERATOR, SOHOA_EXIT_NOT_AUTHORISED },
  { sohoa_submit_error_quark, SOHOA_SUBMIT_ERROR_REJECTED, "Submit.Rejected",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_submit_error_quark, SOHOA_SUBMIT_ERROR_TOO_LARGE, "Submit.TooLarge",
    SOHOA_ERROR_CLASS_FINAL, SOHOA_EXIT_REFUSED },
  { sohoa_submit_error_quark, SOHOA_SUBMIT_ERROR_UNKNOWN_OUTCOME, "Submit.UnknownOutcome",
    SOHOA_ERROR_CLASS_RETRY, SOHOA_EXIT_TRY_AGAIN },
  { sohoa_submit_error_quark, SOHOA_SUBMIT_ERROR_BAD_ANSWER, "Submit.BadAnswer",
    SOHOA_ERROR_CLASS_RETRY, SOHOA_EXIT_TRY_AGAIN },
};

G_DEFINE_QUARK (sohoa-error, sohoa_error)
G_DEFINE_QUARK (sohoa-intake-error, sohoa_intake_error)
G_DEFINE_QUARK (sohoa-gate-error, sohoa_gate_error)
G_DEFINE_QUARK (sohoa-scan-error, sohoa_scan_error)
G_DEFINE_QUARK (sohoa-ocr-error, sohoa_ocr_error)
G_DEFINE_QUARK (sohoa-pdf-error, sohoa_pdf_error)
G_DEFINE_QUARK (sohoa-sign-error, sohoa_sign_error)
G_DEFINE_QUARK (sohoa-store-error, sohoa_store_error)
G_DEFINE_QUARK (sohoa-submit-error, sohoa_submit_error)

static const ErrorRow *
find_row (const GError *error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (error->domain == rows[i].quark () && error->code == rows[i].code)
      return &rows[i];
  return NULL;
}

void
sohoa_errors_register (void)
{
  static gsize once = 0;

  if (!g_once_init_enter (&once))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *bus_name = g_strconcat (BUS_PREFIX, rows[i].name, NULL);
    g_dbus_error_register_error (rows[i].quark (), rows[i].code, bus_name);
  }
  g_once_init_leave (&once, 1);
}

static SohoaErrorClass
foreign_class (const GError *error)
{
  if (error->domain != G_IO_ERROR)
    return SOHOA_ERROR_CLASS_FINAL;
  switch (error->code) {
  case G_IO_ERROR_NO_SPACE:
  case G_IO_ERROR_READ_ONLY:
  case G_IO_ERROR_PERMISSION_DENIED:
    return SOHOA_ERROR_CLASS_OPERATOR;
  case G_IO_ERROR_TIMED_OUT:
  case G_IO_ERROR_BUSY:
  case G_IO_ERROR_WOULD_BLOCK:
  case G_IO_ERROR_HOST_UNREACHABLE:
  case G_IO_ERROR_NETWORK_UNREACHABLE:
  case G_IO_ERROR_CONNECTION_REFUSED:
    return SOHOA_ERROR_CLASS_RETRY;
  default:
    return SOHOA_ERROR_CLASS_FINAL;
  }
}

SohoaErrorClass
sohoa_error_class (const GError *error)
{
  const ErrorRow *row = find_row (error);

  return row != NULL ? row->cls : foreign_class (error);
}

const char *
sohoa_error_class_to_string (SohoaErrorClass cls)
{
  switch (cls) {
  case SOHOA_ERROR_CLASS_RETRY: return "retry";
  case SOHOA_ERROR_CLASS_OPERATOR: return "operator";
  case SOHOA_ERROR_CLASS_FINAL: return "final";
  case SOHOA_ERROR_CLASS_BUG: return "bug";
  }
  return "bug";
}

SohoaExit
sohoa_error_exit_status (const GError *error)
{
  const ErrorRow *row;

  if (error == NULL)
    return SOHOA_EXIT_OK;
  row = find_row (error);
  if (row != NULL)
    return row->exit;
  if (error->domain == G_OPTION_ERROR)
    return SOHOA_EXIT_USAGE;
  return foreign_class (error) == SOHOA_ERROR_CLASS_RETRY ? SOHOA_EXIT_TRY_AGAIN
                                                          : SOHOA_EXIT_INTERNAL;
}

const char *
sohoa_error_name (const GError *error)
{
  const ErrorRow *row = find_row (error);

  return row != NULL ? row->name : rows[0].name;
}

GError *
sohoa_error_new_from_name (const char *name, const char *message)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_strcmp0 (rows[i].name, name) == 0)
      return g_error_new_literal (rows[i].quark (), rows[i].code, message);
  return g_error_new_literal (SOHOA_ERROR, SOHOA_ERROR_INTERNAL, message);
}
