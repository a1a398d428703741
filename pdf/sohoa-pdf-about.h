/* What a PDF says of itself, for a person who verifies it: nothing here is proven, and hostile files are read
 * (only inside the page worker). */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What one signature shows on the page. */
typedef struct {
  char *field; /* (owned) fully qualified name */
  char *text;  /* (owned) its lines, "" for a picture only or nothing */
} SohoaPdfShown;

typedef struct {
  char      *key, *value; /* (owned) UTF-8, NFC */
} SohoaPdfFact;

typedef struct {
  char      *claim;       /* (owned) of PDF/A in its metadata, "2u"; "" = none */
  char      *title;       /* (owned) dc:title, "" */
  guint      n_pages;
  guint      n_looked;    /* pages whose text was counted */
  guint      n_with_text; /* of these */
  guint64    n_words;
  GPtrArray *record;      /* (owned) (element-type SohoaPdfFact) of our own namespace, in the file's order */
  GPtrArray *shown;       /* (owned) (element-type SohoaPdfShown) */
  GPtrArray *attached;    /* (owned) (element-type utf8) names of the files inside */
} SohoaPdfAbout;

void sohoa_pdf_about_free (SohoaPdfAbout *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaPdfAbout, sohoa_pdf_about_free)

/* Errors: SOHOA_INTAKE_ERROR_DAMAGED, _ENCRYPTED, _UNSUPPORTED (no PDF). */
SohoaPdfAbout *sohoa_pdf_about_new (int fd, GError **error);

G_END_DECLS
