#include "sohoa-marks.h"

#include "sohoa-errors.h"
#include "sohoa-ocr-image.h"
#include "sohoa-page-analysis.h"
#include "sohoa-recogniser-private.h"

gboolean
sohoa_marks_find (SohoaRecogniser *recogniser, PIX *pix, double dpi, gboolean first_page,
                  SohoaMarks **marks, GError **error)
{
  g_autoptr(SohoaMarks) out = sohoa_marks_new ();

  *marks = NULL;
  if (!sohoa_ocr_check_size (pix, error))
    return FALSE;
  out->header_asked = first_page;
  *marks = g_steal_pointer (&out);
  return TRUE;
}
