#include "sohoa-urgency.h"

#include "sohoa-extract-private.h"

#define LOWEST 0.55 /* of the page height: urgency stands in the header */

guint
sohoa_urgency_of_text (const char *text)
{
  static const struct { const char *fold; guint level; double allowed; } marks[] = {
    { "hoa toc hen gio", 4, 0.15 }, { "hoa toc", 3, 0.17 }, { "thuong khan", 2, 0.2 }, { "khan", 1, 0 },
  };

  if (!sohoa_text_is_upper (text))
    return 0;
  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    if (sohoa_fold_difference (text, marks[i].fold) <= marks[i].allowed)
      return marks[i].level;
  return 0;
}

guint
sohoa_urgency_of_marks (const SohoaMarks *marks)
{
  guint most = 0;

  for (guint i = 0; i < marks->items->len; i++) {
    const SohoaMark *mark = g_ptr_array_index (marks->items, i);

    if ((mark->framed || mark->red) && mark->turn == marks->turn && mark->y < LOWEST)
      most = MAX (most, sohoa_urgency_of_text (mark->text));
  }
  return most;
}
