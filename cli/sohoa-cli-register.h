/* Private to `sohoa register`: a book as it came over the bus, and its pages. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  guint64  number;
  char    *id;    /* (owned) "" for numbers that are not in the register */
  gboolean is_void, printed, changed;
  char   **cells; /* (owned) one per column */
} SohoaBookRow;

typedef struct {
  char      **columns; /* (owned) official titles */
  GPtrArray  *rows;    /* (owned) (element-type SohoaBookRow) */
  int         year;
  const char *name;    /* (unowned) book, "" = the default one */
  gboolean    follow_up;
} SohoaBook;

/* FALSE with SOHOA_ERROR_UNAVAILABLE when this build cannot draw pages. */
gboolean sohoa_cli_can_print (GError **error);
/* A4 across, official titles on every page, page numbers; written whole or not at all. */
gboolean sohoa_cli_print_book (const SohoaBook *book, const char *path, GError **error);

G_END_DECLS
