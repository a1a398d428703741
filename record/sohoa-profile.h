/* Compliance profiles: what a law demands of a digitised document (design.md 4; domain.md 2.1, 2.2,
 * 12). Data files data/profiles/NAME.conf, versioned, each naming its source and date. */
#pragma once

#include "sohoa-record.h"

G_BEGIN_DECLS

#define SOHOA_PROFILE_DEFAULT "VN-ND30-2020"

typedef struct {
  char    *name;           /* (owned) "VN-ND30-2020" */
  char    *title;          /* (owned) for people */
  char    *origin;         /* (owned) the text it comes from, with article */
  char    *date;           /* (owned) ISO day of that text */
  int      version;        /* of the file */
  int      min_dpi;        /* 200 */
  gboolean colour;         /* gray and 1-bit pages are deviations */
  int      scale_percent;  /* 100: page box = sheet */
  char    *conformance;    /* (owned) "2u" */
  char    *pdf_version;    /* (owned) "1.7" */
  gboolean strict_input;   /* a deviation of a delivered file is a refusal */
  gboolean block;          /* a text block is shown at all */
  char    *block_zone;     /* (owned) "o14" */
  double   block_font_pt;  /* 10 */
  char   **block_lines;    /* (owned) of "copy-form", "agency", "time" */
  gboolean block_image;    /* seal image of the agency (TT01 only) */
  gboolean arrival_stamp;  /* draw the ĐẾN stamp when the number was given here (NĐ30 Annex IV.V) */
  char   **mandatory;      /* (owned) field keys */
  double   claim;          /* a mandatory field below needs a person */
  gboolean may_pass;       /* a document with nothing doubtful needs no confirmation */
  int      deadline_days;  /* working days, 0 = the profile gives none */
} SohoaProfile;

/* @name without path and suffix; NULL or "" = SOHOA_PROFILE_DEFAULT. Load before a worker locks down.
 * Errors: SOHOA_ERROR_NOT_FOUND (no such profile), SOHOA_ERROR_CONFIG "NAME.conf: [section] key: reason". */
SohoaProfile *sohoa_profile_load (const char *name, GError **error);
SohoaProfile *sohoa_profile_load_file (const char *path, GError **error);
void          sohoa_profile_free (SohoaProfile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaProfile, sohoa_profile_free)

/* Names of the profiles that are installed, sorted; g_strfreev. */
char **sohoa_profile_names (void);

/* Adds to @record->deviations "dpi: 150 < 200 (page 2)", "colour: gray (page 1)",
 * "colour: black and white (page 1)". @page's index, dpi and flags ("gray", "bitonal") are looked at;
 * dpi 0 = unknown gives "dpi: unknown (page 2)". Blank pages are looked at too. TRUE when the page is
 * within the rules. */
gboolean sohoa_profile_check_page (const SohoaProfile *self, SohoaRecord *record, const SohoaPageInfo *page);

G_END_DECLS
