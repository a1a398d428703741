/* Is this a state secret? (design.md 6, domain.md 7, QĐ25 Art. 1(2), 17.) Marks MẬT, TỐI MẬT, TUYỆT
 * MẬT standing alone, in a frame or in red or in the place of ô 10a, at any quarter turn. In doubt the
 * verdict is "unsure" and a person decides; "bảo mật" in a sentence, LƯU HÀNH NỘI BỘ, HỎA TỐC are clear. */
#pragma once

#include "sohoa-mark.h"

G_BEGIN_DECLS

typedef enum {
  SOHOA_SECRECY_CLEAR,
  SOHOA_SECRECY_MARKED,
  SOHOA_SECRECY_UNSURE,
} SohoaSecrecy;

/* One candidate: a short piece of text that stands alone, a frame or a red shape. */
typedef struct {
  const char *text;   /* (unowned) as read, may be wrong or "" when nothing could be read */
  gboolean framed;    /* a rectangle is drawn around it */
  gboolean red;       /* red ink */
  guint    turn;      /* quarter turn at which it was read: 0/90/180/270 */
  double   confidence; /* 0…1, the recogniser's */
  double   x, y, w, h; /* fractions of the page turned by @turn */
  double   shape;     /* 0…1, how much it looks like MẬT; 0 = not asked */
} SohoaMarkText;

typedef struct {
  SohoaSecrecy verdict;
  const char *mark;   /* static: "MẬT", "TỐI MẬT", "TUYỆT MẬT", "" when not marked. Never log it. */
  const char *reason; /* static, a code word: "mark", "lost-mark", "unreadable-mark", "unreadable-frame",
                      * "unreadable-header", "" */
} SohoaSecrecyVerdict;

/* What ocr/ saw as the verdict wants it; the text is borrowed from @mark. */
SohoaMarkText sohoa_mark_text_of (const SohoaMark *mark);

/* The gate's verdict on one page. @header_readable: enough text of the header zone was read (only
 * looked at when @first_page). */
SohoaSecrecyVerdict sohoa_secrecy_verdict (const SohoaMarkText *marks, gsize n_marks,
                                           gboolean header_readable, gboolean first_page);

/* Which mark one standing-alone text is: static "MẬT"…, NULL when it is none. Forgives lost and wrong
 * tone marks, case and frame debris ("|MAT|", "TÓI MẬT", "T UYET MAT"). */
const char *sohoa_secrecy_mark_of (const char *text);

/* Second net, on the whole text layer: a line in the header zone that is nothing but a mark. CLEAR or
 * MARKED; the layer need not be of a first page. NULL layer: CLEAR. */
SohoaSecrecyVerdict sohoa_secrecy_from_layer (const SohoaTextLayer *layer);

const char *sohoa_secrecy_to_string (SohoaSecrecy verdict); /* "clear" | "marked" | "unsure" */

G_END_DECLS
