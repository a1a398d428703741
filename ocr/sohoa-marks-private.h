/* Private to the gate's eye: one search over one page. */
#pragma once

#include "sohoa-marks.h"

G_BEGIN_DECLS

#define SOHOA_CROP_DPI 220.0
#define SOHOA_CROP_LIMIT_MS 3000
/* Black ink that looks so much like MẬT is not let go for a word that differs from it by a letter or two. */
#define SOHOA_MARK_SLIP_SHAPE 0.95

typedef struct {
  SohoaRecogniser *recogniser;
  PIX        *pix;  /* archived */
  double      dpi;
  guint       turn; /* of the page, 0 when unsure */
  gboolean    turn_is_sure;
  gint64      end;  /* monotonic µs */
  SohoaMarks *out;
  GArray     *refuted; /* (element-type SohoaBox) where MẬT was found to be a part of a phrase */
} SohoaMarkSearch;

/* Sets @mark's box and its place on the page turned by @mark->turn. */
void sohoa_mark_place (const SohoaMarkSearch *search, SohoaMark *mark, SohoaBox box);
/* SOHOA_OCR_ERROR_TIMEOUT when the page takes too long. */
gboolean sohoa_mark_time_left (const SohoaMarkSearch *search, GError **error);
/* Makes faded ink black; consumes @grey. */
PIX *sohoa_mark_take_stretched (PIX *grey);
/* Grey plane of @plain's red ink, or of its black ink without red and blue. NULL out of memory. */
PIX *sohoa_mark_plane (PIX *plain, gboolean red);
/* Paints a frame's long lines white; TRUE when there was one. The rest's box is *@text (NULL: nothing). */
gboolean sohoa_mark_remove_frame (PIX *grey, double dpi, BOX **text);

/* May @word (folded) stand beside a mark: a word of the mark itself, or of an urgency stamp? */
gboolean sohoa_mark_is_company (const char *word);

/* May the word of @letters letters, @folded, be what the recogniser made of MẬT? */
gboolean sohoa_mark_is_slip (const char *folded, guint letters);

/* Looks for the word's shape in @mask, the red or black ink of a copy of the page of @scale (copy / page), and reads
 * what stands there (sohoa-mark-words.c). */
gboolean sohoa_mark_find_words (const SohoaMarkSearch *search, PIX *mask, double scale, gboolean red, GError **error);

/* Reads the first page's header zone (ô 10a) at the page's turn; when that gives no text, at the other turns too. When the
 * page's turn is not proven, always at all four: text that lies on its side can be read as well, and is not the header.
 * Adds the lines, and sets header_readable (sohoa-mark-header.c). */
gboolean sohoa_mark_read_header (const SohoaMarkSearch *search, double skew_deg, GError **error);

G_END_DECLS
