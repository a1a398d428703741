/* What a clerk is told, in Vietnamese: the messages M1 to M34 of the desk's word list. One table, so that the desk, the
 * command line and the tests say the same words; each says what happened and what to do. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SOHOA_M1_KEPT,             /* batch, pages */
  SOHOA_M2_JAM,              /* sheet, count */
  SOHOA_M2_JAM_FROM,         /* sheet: nobody has counted the stack */
  SOHOA_M3_DOUBLE_FEED,      /* page */
  SOHOA_M4_COUNT_MATCHES,    /* sheets, sides, kept, blank */
  SOHOA_M5_PAGE_MISSING,     /* before, after */
  SOHOA_M6_ANNEX_MISSING,
  SOHOA_M7_NO_NUMBER,
  SOHOA_M8_NO_SEAL,
  SOHOA_M9_IMPOSSIBLE_DATE,  /* day, field */
  SOHOA_M10_DATE_AFTER_ARRIVAL, /* issued, arrived */
  SOHOA_M11_LOOK_AT,         /* count, fields */
  SOHOA_M12_DUPLICATE,       /* number, day */
  SOHOA_M12_DUPLICATE_OPEN,  /* why: the other one has no số đến yet */
  SOHOA_M13_OLD_BODY,        /* body, day */
  SOHOA_M14_COPY_FORM,       /* source, form */
  SOHOA_M15_SECRET,          /* page */
  SOHOA_M15_SECRET_SOMEWHERE, /* a held document says nothing of itself, not even the page */
  SOHOA_M16_SCANNER_MEMORY,
  SOHOA_M17_URGENT,          /* urgency, time */
  SOHOA_M18_SAME_DAY,        /* count */
  SOHOA_M19_TOKEN_MISSING,
  SOHOA_M20_WRONG_PIN,
  SOHOA_M20_FINAL_TRY,
  SOHOA_M21_CERT_SOON,       /* day, left */
  SOHOA_M21_CERT_EXPIRED,
  SOHOA_M22_TIME_STAMP_SLOW,
  SOHOA_M23_UNKNOWN_RESULT,
  SOHOA_M24_ACCEPTED,        /* number, day */
  SOHOA_M25_NUMBER_DIFFERS,  /* paper, given */
  SOHOA_M26_REFUSED,         /* reason */
  SOHOA_M27_RECALLED,        /* body, document, number */
  SOHOA_M28_TOO_LARGE,       /* size, limit, parts */
  SOHOA_M29_LOW_RESOLUTION,  /* dpi, wanted */
  SOHOA_M29_NOT_COLOUR,      /* page */
  SOHOA_M30_FILE_GROWING,    /* minutes */
  SOHOA_M31_NOT_READ,        /* page */
  SOHOA_M32_SIGN,            /* count, form */
  SOHOA_M33_UNDO,            /* page */
  SOHOA_M34_ALL_DONE,        /* registered, accepted, left */
  SOHOA_N_MESSAGES
} SohoaMessage;

/* "M11": shown behind the text, in brackets. Variants share a code. Static. */
const char *sohoa_message_code (SohoaMessage message);

/* The text with its blanks filled: pairs of a name (as in the comments above) and its text, then NULL. A blank
 * without a value, or a value without a blank, is a programmer's error. g_free. */
char *sohoa_message_new (SohoaMessage message, ...) G_GNUC_NULL_TERMINATED;

G_END_DECLS
