/* What the gate's image detector saw on one page: a stamp, a framed word, a red mark, a line of the
 * header zone. ocr/ makes them, record/ judges them (design.md 6, domain.md 7). Never logged. */
#pragma once

#include "sohoa-text-layer.h"

G_BEGIN_DECLS

#define SOHOA_MARKS_MAX 256 /* marks of one page; more are not looked at */

typedef struct {
  char    *text;       /* (owned) NFC, words separated by one space, as read: not corrected */
  SohoaBox box;        /* px of the picture as given, not turned; of the frame when there is one */
  double   x, y, w, h; /* the same as fractions of the page turned by @turn, 0…1 from its top left */
  double   letter_mm;  /* height of the tallest word */
  gboolean red;        /* read from red ink */
  gboolean framed;     /* inside a rectangle of a stamp's size, also a broken one */
  gboolean header;     /* a line of the first page's header zone (left and top, around ô 10a) */
  guint    turn;       /* clockwise quarter turn at which it was read: 0/90/180/270 */
  float    confidence; /* 0…1, the recogniser's mean over the words */
  float    shape;      /* 0…1, how much the ink has the shape of the word MẬT; 0 = was not asked, or refuted by reading */
} SohoaMark;

typedef struct {
  GPtrArray *items;           /* (owned) (element-type SohoaMark) */
  gboolean   header_asked;    /* the header zone was to be read: first page of a document */
  gboolean   header_readable; /* it was, with text or provably without ink */
  guint      turn;            /* clockwise quarter turn that makes the page upright, 0 when unsure */
} SohoaMarks;

SohoaMarks *sohoa_marks_new (void);
void        sohoa_marks_free (SohoaMarks *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaMarks, sohoa_marks_free)

/* Appends an empty mark and gives it back, borrowed; NULL when there are SOHOA_MARKS_MAX. */
SohoaMark *sohoa_marks_add (SohoaMarks *self, const char *text);

G_END_DECLS
