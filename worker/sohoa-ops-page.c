/* probe, gate and page: from a foreign file to a picture and its text. */
#include "sohoa-worker.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-image-source.h"
#include "sohoa-marks.h"
#include "sohoa-page-analysis.h"
#include "sohoa-pdf-image.h"
#include "sohoa-pdf-source.h"
#include "sohoa-proposal.h"
#include "sohoa-protocol.h"
#include "sohoa-secrecy.h"
#include "sohoa-urgency.h"

#include <string.h>
#include <unistd.h>

#define HEAD_BYTES 1024u                        /* a PDF header may stand anywhere in them */
#define RENDER_DPI 300.0                        /* an original's page */
#define RENDER_MAX_PIXELS (20u * 1000 * 1000)   /* A4 at 300 dpi is 8.7 million */
#define GATE_DPI 200.0                          /* the gate's eye needs no more */
#define PROPOSALS_MAX 12u                       /* of one page */
#define PROPOSAL_BELOW 0.9f                     /* words read better than this are not doubted */
#define INK_MIN_MM2 8.0 /* of red or any colour, for it to be on the page at all */
#define FLAG_TURN_TAG "turned-by-tag"
#define FLAG_READ_SMALL "read-small" /* took too long, read from a smaller copy: small print may be missing */

/* A foreign file, opened: one of the two is set. */
typedef struct {
  SohoaPdfSource   *pdf;   /* (owned) (nullable) */
  SohoaImageSource *image; /* (owned) (nullable) */
} Source;

static void
source_clear (Source *self)
{
  g_clear_pointer (&self->pdf, sohoa_pdf_source_free);
  g_clear_pointer (&self->image, sohoa_image_source_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Source, source_clear)

static gboolean
source_open (Source *self, int fd, GError **error)
{
  guint8 head[HEAD_BYTES] = { 0 };
  gssize n = pread (fd, head, sizeof head, 0);

  if (n < 0) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_UNREADABLE, "file cannot be read: check the disk");
    return FALSE;
  }
  if (g_strcmp0 (sohoa_intake_sniff (head, n), "pdf") == 0)
    self->pdf = sohoa_pdf_source_new (fd, error);
  else
    self->image = sohoa_image_source_new (fd, error);
  return self->pdf != NULL || self->image != NULL;
}

/* ---- probe ---- */

static gboolean
describe_page (const Source *source, guint page, gboolean original, GVariantBuilder *pages, GError **error)
{
  GVariantDict row;
  SohoaImagePage image = { 0 };
  const SohoaPdfPage *pdf = NULL;

  if (source->pdf != NULL)
    pdf = sohoa_pdf_source_peek_page (source->pdf, page, error);
  if (source->pdf != NULL ? pdf == NULL : !sohoa_image_source_get_page (source->image, page, &image, error)) {
    g_prefix_error (error, "page %u: ", page);
    return FALSE;
  }
  g_variant_dict_init (&row, NULL);
  g_variant_dict_insert (&row, "width", "u", original ? 0 : pdf != NULL ? pdf->width_px : image.width_px);
  g_variant_dict_insert (&row, "height", "u", original ? 0 : pdf != NULL ? pdf->height_px : image.height_px);
  g_variant_dict_insert (&row, "dpi", "d", original ? 0.0 : pdf != NULL ? pdf->dpi : image.dpi);
  g_variant_dict_insert (&row, "scan", "b", pdf == NULL || pdf->scan);
  g_variant_builder_add_value (pages, g_variant_dict_end (&row));
  return TRUE;
}

GVariant *
sohoa_op_probe (SohoaWorker *self, const SohoaRequest *request, GError **error)
{
  g_auto(Source) source = { 0 };
  g_autoptr(GVariantBuilder) pages = g_variant_builder_new (G_VARIANT_TYPE ("aa{sv}"));
  const char *reason = NULL;
  GVariantDict reply;
  guint n;

  if (!sohoa_request_check (request, 1, error) || !source_open (&source, request->fds[0], error))
    return NULL;
  n = source.pdf != NULL ? sohoa_pdf_source_count_pages (source.pdf) : sohoa_image_source_count_pages (source.image);
  if (n > SOHOA_INPUT_MAX_PAGES) {
    g_set_error (error, SOHOA_INTAKE_ERROR, SOHOA_INTAKE_ERROR_TOO_LARGE, "%u pages: more than %u: split it", n,
                 SOHOA_INPUT_MAX_PAGES);
    return NULL;
  }
  if (source.pdf != NULL)
    reason = sohoa_pdf_source_original_reason (source.pdf);
  for (guint i = 1; i <= n; i++)
    if (!describe_page (&source, i, reason != NULL, pages, error))
      return NULL;
  g_variant_dict_init (&reply, NULL);
  g_variant_dict_insert (&reply, "kind", "s", source.pdf != NULL ? "pdf" : sohoa_image_source_get_kind (source.image));
  g_variant_dict_insert (&reply, "original", "b", reason != NULL);
  g_variant_dict_insert (&reply, "reason", "s", reason != NULL ? reason : "");
  g_variant_dict_insert (&reply, "signatures", "u",
                         source.pdf != NULL ? sohoa_pdf_source_count_signatures (source.pdf) : 0);
  g_variant_dict_insert_value (&reply, "pages", g_variant_builder_end (pages));
  return g_variant_dict_end (&reply);
}

/* ---- pixels ---- */

static guint
gate_reduction (double dpi)
{
  return dpi >= 4 * GATE_DPI ? 4 : dpi >= 2 * GATE_DPI ? 2 : 1;
}

/* Pixels for looking at; @dpi_out is theirs. */
static PIX *
look_at (const Source *source, guint page, gboolean original, double *dpi_out, GError **error)
{
  SohoaImagePage info;
  const SohoaPdfPage *pdf;
  guint reduction;
  PIX *pix;

  if (source->pdf != NULL) {
    pdf = sohoa_pdf_source_peek_page (source->pdf, page, error);
    if (pdf == NULL)
      return NULL;
    if (original || !pdf->scan)
      return sohoa_pdf_source_render (source->pdf, page, GATE_DPI, RENDER_MAX_PIXELS, dpi_out, error);
    *dpi_out = pdf->dpi;
    return sohoa_pdf_source_decode (source->pdf, page, error);
  }
  if (!sohoa_image_source_get_page (source->image, page, &info, error))
    return NULL;
  reduction = gate_reduction (info.dpi);
  pix = sohoa_image_source_decode (source->image, page, reduction, NULL, error);
  if (pix != NULL)
    *dpi_out = info.dpi * pixGetWidth (pix) / info.width_px;
  return pix;
}

/* ---- gate ---- */

static GVariant *
verdict_reply (SohoaSecrecy verdict, const char *mark, const char *reason, guint turn, guint urgency)
{
  GVariantDict reply;

  g_variant_dict_init (&reply, NULL);
  g_variant_dict_insert (&reply, "urgency", "u", urgency);
  g_variant_dict_insert (&reply, "verdict", "s", sohoa_secrecy_to_string (verdict));
  g_variant_dict_insert (&reply, "mark", "s", mark);
  g_variant_dict_insert (&reply, "reason", "s", reason);
  g_variant_dict_insert (&reply, "turn", "u", turn);
  return g_variant_dict_end (&reply);
}

GVariant *
sohoa_op_gate (SohoaWorker *self, const SohoaRequest *request, GError **error)
{
  gboolean first = sohoa_request_bool (request, "first", TRUE);
  guint page = sohoa_request_uint (request, "page", 1);
  g_auto(Source) source = { 0 };
  g_autoptr(PIX) pix = NULL;
  g_autoptr(SohoaMarks) marks = NULL;
  g_autoptr(GArray) texts = g_array_new (FALSE, FALSE, sizeof (SohoaMarkText));
  g_autoptr(GError) local = NULL;
  SohoaSecrecyVerdict verdict;
  double dpi;

  if (!sohoa_request_check (request, 1, error) || !source_open (&source, request->fds[0], error))
    return NULL;
  pix = look_at (&source, page, sohoa_request_bool (request, "original", FALSE), &dpi, error);
  if (pix == NULL)
    return NULL;
  /* A page that cannot be looked at is never clear: a person decides. */
  if (!sohoa_marks_find (self->recogniser, pix, dpi, first, &marks, &local))
    return verdict_reply (SOHOA_SECRECY_UNSURE, "", sohoa_error_name (local), 0, 0);
  for (guint i = 0; i < marks->items->len; i++) {
    SohoaMarkText text = sohoa_mark_text_of (g_ptr_array_index (marks->items, i));

    g_array_append_val (texts, text);
  }
  verdict = sohoa_secrecy_verdict ((const SohoaMarkText *) texts->data, texts->len, marks->header_readable, first);
  return verdict_reply (verdict.verdict, verdict.mark, verdict.reason, marks->turn,
                        first ? sohoa_urgency_of_marks (marks) : 0);
}

/* ---- page ---- */

/* One page on its way. */
typedef struct {
  PIX               *pix;      /* (owned) archived pixels, or an original's rendering */
  SohoaImageStream  *stream;   /* (owned) (nullable) NULL for an original */
  SohoaTextLayer    *layer;    /* (owned) (nullable) */
  double             dpi;
  guint              turn_tag; /* what the file says about up, degrees clockwise */
  guint              notes;    /* SohoaImageNote */
  char              *note;     /* (owned) (nullable) of the PDF source */
  SohoaPageAnalysis  analysis;
  gboolean           looked_at; /* analysis holds findings */
  gboolean           small;     /* the layer is of the second try */
  const char        *status;   /* (static) ocr-status */
} Page;

static void
page_clear (Page *self)
{
  pixDestroy (&self->pix);
  g_clear_pointer (&self->stream, sohoa_image_stream_free);
  g_clear_pointer (&self->layer, sohoa_text_layer_free);
  g_clear_pointer (&self->note, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Page, page_clear)

static gboolean
take_from_pdf (Page *self, SohoaPdfSource *source, guint page, gboolean original, int out_fd, GError **error)
{
  const SohoaPdfPage *info = sohoa_pdf_source_peek_page (source, page, error);

  if (info == NULL)
    return FALSE;
  if (original) {
    self->pix = sohoa_pdf_source_render (source, page, RENDER_DPI, RENDER_MAX_PIXELS, &self->dpi, error);
    return self->pix != NULL;
  }
  if (!sohoa_pdf_source_extract (source, page, out_fd, &self->stream, &self->turn_tag, &self->dpi, error))
    return FALSE;
  self->note = g_strdup (info->note);
  self->pix = sohoa_pdf_source_decode (source, page, error);
  return self->pix != NULL;
}

static gboolean
take_from_image (Page *self, SohoaImageSource *source, guint page, int out_fd, GError **error)
{
  SohoaImagePage info;

  if (!sohoa_image_source_get_page (source, page, &info, error)
      || !sohoa_image_source_extract (source, page, out_fd, &self->stream, &self->notes, error))
    return FALSE;
  self->dpi = info.dpi;
  self->turn_tag = info.rotation;
  self->pix = sohoa_image_source_decode (source, page, 1, &self->notes, error);
  if (self->pix == NULL || self->stream != NULL)
    return self->pix != NULL;
  self->notes |= SOHOA_IMAGE_NOTE_REENCODED;
  return sohoa_image_stream_from_pix (self->pix, out_fd, &self->stream, error);
}

/* Too slow is tried once more, smaller; every other failure stands. */
static gboolean
read_in_time (SohoaWorker *worker, Page *self, guint limit_ms, guint again_ms, GError **error)
{
  g_autoptr(GError) late = NULL;

  if (sohoa_recogniser_read_page (worker->recogniser, self->pix, self->dpi, &self->analysis, limit_ms, &self->layer, &late))
    return TRUE;
  if (!g_error_matches (late, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TIMEOUT)) {
    g_propagate_error (error, g_steal_pointer (&late));
    return FALSE;
  }
  self->small = sohoa_recogniser_read_page_small (worker->recogniser, self->pix, self->dpi, &self->analysis, again_ms,
                                                  &self->layer, error);
  return self->small;
}

static void
recognise (SohoaWorker *worker, Page *self, int hint, guint limit_ms, guint again_ms)
{
  g_autoptr(GError) local = NULL;

  self->looked_at = sohoa_page_analyse_with_hint (worker->recogniser, self->pix, self->dpi, hint, &self->analysis, &local);
  if (!self->looked_at) {
    memset (&self->analysis, 0, sizeof self->analysis);
    self->analysis.rotation = self->turn_tag;
    self->status = "failed";
    return;
  }
  /* Where the page does not show which way is up, the file's own word counts. */
  if (self->analysis.blank || (self->analysis.turn == SOHOA_TURN_LEAVE || self->analysis.turn == SOHOA_TURN_ASK))
    self->analysis.rotation = self->turn_tag;
  if (read_in_time (worker, self, limit_ms, again_ms, &local))
    self->status = "ok";
  else
    self->status = g_error_matches (local, SOHOA_OCR_ERROR, SOHOA_OCR_ERROR_TIMEOUT) ? "timeout" : "failed";
}

static void
add_flags (const Page *self, GVariantDict *reply)
{
  g_auto(GStrv) seen = sohoa_page_flags_to_strv (self->analysis.flags);
  g_auto(GStrv) notes = sohoa_image_notes_to_strv (self->notes);
  g_autoptr(GPtrArray) all = g_ptr_array_new ();

  for (guint i = 0; seen != NULL && seen[i] != NULL; i++)
    g_ptr_array_add (all, seen[i]);
  for (guint i = 0; notes[i] != NULL; i++)
    g_ptr_array_add (all, notes[i]);
  if (self->note != NULL)
    g_ptr_array_add (all, self->note);
  if (self->small)
    g_ptr_array_add (all, (char *) FLAG_READ_SMALL);
  if (self->analysis.red_mm2 >= INK_MIN_MM2)
    g_ptr_array_add (all, (char *) SOHOA_PAGE_RED_INK);
  if (self->analysis.colour_mm2 >= INK_MIN_MM2)
    g_ptr_array_add (all, (char *) SOHOA_PAGE_COLOUR_INK);
  if (self->turn_tag != 0 && self->analysis.rotation == self->turn_tag
      && (self->analysis.flags & SOHOA_PAGE_FLAG_TURN_UNSURE))
    g_ptr_array_add (all, (char *) FLAG_TURN_TAG);
  g_ptr_array_add (all, NULL);
  g_variant_dict_insert (reply, "flags", "^as", (char **) all->pdata);
}

/* Doubtful words that cannot be Vietnamese, with what may have been meant. The text stays as it was read. */
static void
add_proposals (const SohoaTextLayer *layer, GVariantBuilder *b)
{
  guint n = 0;

  for (guint i = 0; layer != NULL && i < layer->lines->len; i++) {
    const SohoaLine *line = sohoa_text_layer_peek_line (layer, i);

    for (guint k = 0; k < line->words->len && n < PROPOSALS_MAX; k++) {
      const SohoaWord *word = sohoa_line_peek_word (line, k);
      g_autoptr(GPtrArray) found = NULL;
      g_autoptr(GString) reason = NULL;

      if (word->confidence >= PROPOSAL_BELOW
          || (sohoa_word_is_possible (word->text) && sohoa_word_has_own_letters (word->text)))
        continue;
      found = sohoa_word_propose (word->text, NULL);
      if (found->len == 0)
        continue;
      reason = g_string_new (word->text);
      g_string_append (reason, " →");
      for (guint p = 0; p < found->len; p++)
        g_string_append_printf (reason, "%s %s", p > 0 ? "," : "", ((SohoaProposal *) g_ptr_array_index (found, p))->text);
      g_string_append_printf (reason, ": %s", ((SohoaProposal *) g_ptr_array_index (found, 0))->reason);
      g_variant_builder_add (b, "(sds)", "proposal", ((SohoaProposal *) g_ptr_array_index (found, 0))->confidence, reason->str);
      n++;
    }
  }
}

/* What was judged about the page, how surely and why. */
static GVariant *
findings (const Page *self)
{
  const SohoaPageAnalysis *a = &self->analysis;
  g_autofree char *turn = g_strconcat ("turn:", sohoa_turn_to_string (a->turn), NULL);
  GVariantBuilder b;

  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(sds)"));
  if (self->looked_at) {
    if (!a->blank)
      g_variant_builder_add (&b, "(sds)", turn, a->rotation_confidence, a->rotation_reason);
    g_variant_builder_add (&b, "(sds)", a->blank ? "blank" : "not-blank", a->blank_confidence, a->blank_reason);
    add_proposals (self->layer, &b);
  }
  return g_variant_builder_end (&b);
}

static GVariant *
page_reply (const Page *self)
{
  GVariantDict reply;

  g_variant_dict_init (&reply, NULL);
  if (self->stream != NULL)
    g_variant_dict_insert_value (&reply, "image", sohoa_image_stream_to_variant (self->stream));
  if (self->layer != NULL)
    g_variant_dict_insert_value (&reply, "text", g_variant_new_variant (sohoa_text_layer_to_variant (self->layer)));
  g_variant_dict_insert (&reply, "secrecy", "s", sohoa_secrecy_from_layer (self->layer).mark);
  g_variant_dict_insert (&reply, "width", "u", (guint32) pixGetWidth (self->pix));
  g_variant_dict_insert (&reply, "height", "u", (guint32) pixGetHeight (self->pix));
  g_variant_dict_insert (&reply, "dpi", "d", self->dpi);
  g_variant_dict_insert (&reply, "rotation", "u", self->analysis.rotation);
  g_variant_dict_insert (&reply, "skew", "d", self->analysis.skew_deg);
  g_variant_dict_insert (&reply, "blank", "b", self->analysis.blank);
  g_variant_dict_insert (&reply, "ocr-status", "s", self->status);
  g_variant_dict_insert_value (&reply, "findings", findings (self));
  if (self->analysis.has_print)
    g_variant_dict_insert_value (&reply, "print", g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, self->analysis.print,
                                                                            sizeof self->analysis.print, 1));
  add_flags (self, &reply);
  return g_variant_dict_end (&reply);
}

GVariant *
sohoa_op_page (SohoaWorker *self, const SohoaRequest *request, GError **error)
{
  g_autoptr(GVariant) options = g_variant_lookup_value (request->args, "options", G_VARIANT_TYPE_VARDICT);
  guint number = sohoa_request_uint (request, "page", 1);
  gboolean original = sohoa_request_bool (request, "original", FALSE), read = TRUE;
  guint32 hint = 0, limit_ms = 0, again_ms = 0; /* 0: the recogniser's own */
  g_auto(Source) source = { 0 };
  g_auto(Page) page = { .status = "none" };

  if (!sohoa_request_check (request, 2, error) || !sohoa_request_rewind (request->fds[1], error)
      || !source_open (&source, request->fds[0], error))
    return NULL;
  if (!(source.pdf != NULL ? take_from_pdf (&page, source.pdf, number, original, request->fds[1], error)
                           : take_from_image (&page, source.image, number, request->fds[1], error)))
    return NULL;
  source_clear (&source); /* memory for the recogniser */
  if (options != NULL) {
    guint32 turn = 0;

    (void) g_variant_lookup (options, "recognise", "b", &read);
    (void) g_variant_lookup (options, "limits-ms", "(uu)", &limit_ms, &again_ms);
    if (page.turn_tag == 0 && g_variant_lookup (options, "turn", "u", &turn) && turn % 90 == 0 && turn < 360)
      page.turn_tag = turn;
  }
  if (read)
    recognise (self, &page, options != NULL && g_variant_lookup (options, "turn-hint", "u", &hint) ? (int) hint : SOHOA_TURN_NO_HINT,
               limit_ms, again_ms);
  else
    page.analysis.rotation = page.turn_tag;
  if (page.layer != NULL && page.stream != NULL) {
    g_free (page.layer->image_sha256);
    page.layer->image_sha256 = g_strdup (page.stream->sha256);
  }
  return page_reply (&page);
}
