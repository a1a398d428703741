#include "sohoa-mark.h"

#include "sohoa-text.h"

static void
mark_free (gpointer data)
{
  SohoaMark *mark = data;

  g_free (mark->text);
  g_free (mark);
}

SohoaMarks *
sohoa_marks_new (void)
{
  SohoaMarks *self = g_new0 (SohoaMarks, 1);

  self->items = g_ptr_array_new_with_free_func (mark_free);
  return self;
}

void
sohoa_marks_free (SohoaMarks *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->items);
  g_free (self);
}

SohoaMark *
sohoa_marks_add (SohoaMarks *self, const char *text)
{
  SohoaMark *mark;

  if (self->items->len >= SOHOA_MARKS_MAX)
    return NULL;
  mark = g_new0 (SohoaMark, 1);
  mark->text = sohoa_text_squeeze (text);
  g_ptr_array_add (self->items, mark);
  return mark;
}
