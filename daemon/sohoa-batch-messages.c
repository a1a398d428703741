/* What the clerk is told of a batch of paper: M1 to M4, M15, M16 of the desk's word list. */
#include "sohoa-batches-private.h"

#include "sohoa-message.h"

static void
say (GVariantBuilder *b, SohoaMessage message, char *text)
{
  g_variant_builder_add (b, "(sss)", sohoa_message_code (message), "", text);
  g_free (text);
}

static void
say_jam (const SohoaBatch *batch, GVariantBuilder *b)
{
  g_autofree char *sheet = g_strdup_printf ("%u", batch->put_back);
  g_autofree char *count
    = batch->expected >= batch->put_back ? g_strdup_printf ("%u", batch->expected - batch->put_back + 1) : NULL;

  if (batch->put_back == 0)
    return;
  if (count != NULL)
    say (b, SOHOA_M2_JAM, sohoa_message_new (SOHOA_M2_JAM, "sheet", sheet, "count", count, NULL));
  else
    say (b, SOHOA_M2_JAM_FROM, sohoa_message_new (SOHOA_M2_JAM_FROM, "sheet", sheet, NULL));
}

/* The paper's last page before the sheets that are to be put back. */
static void
say_double_feed (const SohoaBatch *batch, GVariantBuilder *b)
{
  g_autofree char *page = NULL;
  guint n = 0;

  for (guint i = 0; i < batch->pages->len; i++) {
    const SohoaBatchPage *p = g_ptr_array_index (batch->pages, i);

    n += batch->put_back == 0 || p->sheet < batch->put_back;
  }
  page = g_strdup_printf ("%u", n);
  say (b, SOHOA_M3_DOUBLE_FEED, sohoa_message_new (SOHOA_M3_DOUBLE_FEED, "page", page, NULL));
}

static void
say_kept (const SohoaBatch *batch, const SohoaBatchCount *count, GVariantBuilder *b)
{
  g_autofree char *pages = g_strdup_printf ("%u", count->images - count->rejected);

  say (b, SOHOA_M1_KEPT, sohoa_message_new (SOHOA_M1_KEPT, "batch", batch->id, "pages", pages, NULL));
}

/* Only when the sentence's sum is true as it stands: no separators, nothing scanned again. */
static void
say_count (const SohoaBatch *batch, const SohoaBatchCount *count, GVariantBuilder *b)
{
  guint sides = batch->sheets * batch->sides;
  g_autofree char *sheets_text = g_strdup_printf ("%u", batch->sheets);
  g_autofree char *sides_text = g_strdup_printf ("%u", sides);
  g_autofree char *kept = g_strdup_printf ("%u", count->kept);
  g_autofree char *blank = g_strdup_printf ("%u", count->blank);

  if (count->kept + count->blank == sides && sohoa_batch_check_count (batch, NULL))
    say (b, SOHOA_M4_COUNT_MATCHES, sohoa_message_new (SOHOA_M4_COUNT_MATCHES, "sheets", sheets_text, "sides", sides_text,
                                                       "kept", kept, "blank", blank, NULL));
}

/* Printers that scan keep copies on disks of their own; what hangs on this machine's own plug seldom does. */
static gboolean
may_keep_copies (const SohoaBatch *batch)
{
  return g_str_has_prefix (batch->device, "escl:") || g_str_has_prefix (batch->device, "airscan:")
         || g_str_has_prefix (batch->device, "net:");
}

GVariant *
sohoa_batch_messages (const SohoaBatch *batch)
{
  SohoaBatchCount count;
  GVariantBuilder b;

  sohoa_batch_count (batch, &count);
  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(sss)"));
  if (batch->state == SOHOA_BATCH_HELD)
    say (&b, SOHOA_M15_SECRET_SOMEWHERE, sohoa_message_new (SOHOA_M15_SECRET_SOMEWHERE, NULL));
  if ((batch->state == SOHOA_BATCH_HELD || batch->state == SOHOA_BATCH_PURGED) && may_keep_copies (batch))
    say (&b, SOHOA_M16_SCANNER_MEMORY, sohoa_message_new (SOHOA_M16_SCANNER_MEMORY, NULL));
  if (batch->state == SOHOA_BATCH_WAITING) {
    if (g_str_equal (batch->error_name, "Scan.Jam"))
      say_jam (batch, &b);
    else if (g_str_equal (batch->error_name, "Scan.DoubleFeed"))
      say_double_feed (batch, &b);
    say_kept (batch, &count, &b);
  }
  if (batch->state == SOHOA_BATCH_DONE)
    say_count (batch, &count, &b);
  return g_variant_builder_end (&b);
}
