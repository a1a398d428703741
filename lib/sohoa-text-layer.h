/* What was read on one page, and where. The text layer is bound to the SHA-256 of the image it was
 * read from; any edit of the pixels makes it void.
 *
 * Frame: pixels of the archived image after its quarter turn (`rotation`), origin top left, y down,
 * NOT deskewed: a skewed page has sloped baselines. Boxes are axis-aligned in this frame. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_TEXT_MAX_WORDS 100000     /* words of one page; more is refused */
#define SOHOA_TEXT_MAX_WORD_BYTES 1024  /* UTF-8 bytes of one word */

typedef struct {
  float x, y, w, h; /* px */
} SohoaBox;

/* Which ink a line was read from. */
typedef enum { SOHOA_PLANE_BLACK, SOHOA_PLANE_RED, SOHOA_PLANE_BLUE } SohoaPlane;

typedef struct {
  char    *text;       /* (owned) NFC, no white space */
  SohoaBox box;
  float    confidence; /* 0…1, the recogniser's */
} SohoaWord;

typedef struct {
  float      x0, y0, x1, y1; /* baseline from left to right, px */
  float      height_px;      /* line height (ascender to descender) */
  guint      block;          /* lines of one paragraph share it; reading order */
  SohoaPlane plane;
  GArray    *words;          /* (owned) (element-type SohoaWord) */
} SohoaLine;

typedef struct {
  guint      width_px, height_px; /* of the turned frame */
  double     dpi;
  guint      rotation;            /* 0/90/180/270 clockwise turn that makes the image upright */
  double     skew_deg;            /* of the turned frame; positive = text rises to the right */
  char      *image_sha256;        /* (owned) hex, of the archived stream */
  GPtrArray *lines;               /* (owned) (element-type SohoaLine), reading order */
} SohoaTextLayer;

SohoaTextLayer *sohoa_text_layer_new (guint width_px, guint height_px, double dpi);
void            sohoa_text_layer_free (SohoaTextLayer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaTextLayer, sohoa_text_layer_free)

/* Appends an empty line and gives it back, borrowed. */
SohoaLine *sohoa_text_layer_add_line (SohoaTextLayer *self, guint block, SohoaPlane plane);
/* Copies @text, normalised to NFC with white space removed; an empty word is dropped. */
void sohoa_line_add_word (SohoaLine *line, const char *text, SohoaBox box, float confidence);

SohoaLine *sohoa_text_layer_peek_line (const SohoaTextLayer *self, guint i);
SohoaWord *sohoa_line_peek_word (const SohoaLine *line, guint i);
SohoaBox   sohoa_line_box (const SohoaLine *line); /* union of its words */
char      *sohoa_line_text (const SohoaLine *line); /* words joined by one space; g_free */
guint      sohoa_text_layer_count_words (const SohoaTextLayer *self);
double     sohoa_text_layer_mean_confidence (const SohoaTextLayer *self); /* 0 when empty */

/* Reading order, one line per text line, empty line between blocks, NFC. g_free. */
char *sohoa_text_layer_to_text (const SohoaTextLayer *self);

/* Wire and disk form. From: checks every number and text; NULL with
 * SOHOA_ERROR_INVALID_ARGUMENT for anything a well-behaved worker would not write. */
#define SOHOA_TEXT_LAYER_TYPE "(uududsa(ddddduua(sddddd)))"
GVariant       *sohoa_text_layer_to_variant (const SohoaTextLayer *self); /* floating */
SohoaTextLayer *sohoa_text_layer_from_variant (GVariant *variant, GError **error);

G_END_DECLS
