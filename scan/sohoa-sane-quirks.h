/* Private to the SANE driver: in what ways drivers name the same thing, and what single devices get wrong. The words
 * are a table in the source; devices stand in data/scan/quirks.conf, which an administrator may extend. */
#pragma once

#include "sohoa-scan-profile.h"

G_BEGIN_DECLS

/* Every name that plays a role ("source", "mode", "resolution", "x-resolution", "y-resolution", "tl-x", "tl-y", "br-x",
 * "br-y", "page-width", "page-height", "brightness", "duplex", "depth", "loaded"), best first; static, never NULL. */
const char *const *sohoa_sane_names_of_role (const char *role);

/* What a driver's word for a source or mode means. FALSE: nothing we use (transparency units, backs only, "Auto"). */
gboolean sohoa_sane_source_from_word (const char *word, SohoaScanSource *out, guint *rank_out);
gboolean sohoa_sane_mode_from_word (const char *word, SohoaScanMode *out, guint *rank_out);
/* A text option that switches both sides on or off ("Duplex", "Simplex"). */
gboolean sohoa_sane_duplex_from_word (const char *word, gboolean *out);
/* Is a read-only switch of that name a button on the device? */
gboolean sohoa_sane_is_button (const char *name);

typedef struct {
  gboolean inverted_lineart;  /* 1-bit pictures have 0 for black */
  gboolean feeder_only;       /* no source option, but paper is drawn in */
  gboolean source_lies;       /* its source option says it is inactive and is not */
  double   max_width_mm, max_height_mm; /* 0 = as announced, below SOHOA_SANE_MAX_… */
} SohoaSaneQuirks;

/* A driver that announces more is not believed (feeders of one vendor say metres). */
#define SOHOA_SANE_MAX_WIDTH_MM 320.0
#define SOHOA_SANE_MAX_HEIGHT_MM 460.0

/* @device: "backend:…". A damaged file is told in the log and counts as empty. */
SohoaSaneQuirks sohoa_sane_quirks_for (const char *device);

G_END_DECLS
