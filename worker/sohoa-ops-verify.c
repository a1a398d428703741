/* verify: what the signatures of a PDF are worth. pdf/ reads their places, sign/ judges them; the newest is judged first,
 * because a good document time stamp proves that everything before it existed then (EN 319 142-1, 5.5). */
#include "sohoa-worker.h"

#include "sohoa-cms-verify.h"
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-pdf.h"
#include "sohoa-time.h"

#include <json-glib/json-glib.h>

/* One signature and what was found. */
typedef struct {
  const SohoaPdfSignature *place;  /* (unowned) */
  SohoaCmsReport           report; /* (owned) */
  SohoaPdfChanges          changes; /* (owned) what happened after it */
  SohoaPdfChangeVerdict    changed;
  const char              *status; /* static */
  const char              *level;  /* static; "" for a document time stamp */
  gint64                   proof_us; /* a later document time stamp proves it existed then; 0 = none */
} Judged;

static void
judged_free (gpointer data)
{
  Judged *self = data;

  sohoa_cms_report_clear (&self->report);
  sohoa_pdf_changes_clear (&self->changes);
  g_free (self);
}

static void
put_text (JsonBuilder *b, const char *key, const char *value)
{
  json_builder_set_member_name (b, key);
  json_builder_add_string_value (b, value != NULL ? value : "");
}

static void
put_bool (JsonBuilder *b, const char *key, gboolean value)
{
  json_builder_set_member_name (b, key);
  json_builder_add_boolean_value (b, value);
}

static void
put_time (JsonBuilder *b, const char *key, gint64 time_us)
{
  g_autofree char *iso = time_us != 0 ? sohoa_time_to_iso (time_us) : NULL;

  put_text (b, key, iso);
}

/* ---- judging ---- */

/* In the words of the report: what one signature is worth. */
static const char *
status_of (const Judged *one)
{
  if (!one->place->well_formed || one->changed == SOHOA_PDF_CHANGED_FORBIDDEN)
    return "INVALID";
  switch (one->report.status) {
  case SOHOA_CMS_VALID:
    return one->report.weak ? "UNKNOWN" : one->changed == SOHOA_PDF_CHANGED_ALLOWED ? "VALID-BUT-CHANGED" : "VALID";
  case SOHOA_CMS_UNTRUSTED_CHAIN:
    return "UNKNOWN";
  case SOHOA_CMS_INVALID:
  case SOHOA_CMS_MALFORMED:
    break;
  }
  return "INVALID";
}

static const char *
reason_of (const Judged *one)
{
  const GPtrArray *texts = one->changes.texts;
  gboolean sound = one->report.status == SOHOA_CMS_VALID || one->report.status == SOHOA_CMS_UNTRUSTED_CHAIN;

  if (!one->place->well_formed)
    return one->place->fault;
  if (one->changed == SOHOA_PDF_CHANGED_FORBIDDEN && sound)
    return texts->len > 0 ? texts->pdata[0] : "changed after signing";
  if (*one->report.reason == '\0' && one->changed == SOHOA_PDF_CHANGED_ALLOWED)
    return texts->pdata[0];
  return one->report.reason;
}

/* From the newest to the oldest; each gets the proof that those behind it give. (element-type Judged) in file order. */
static GPtrArray *
judge_all (const GPtrArray *signatures, int fd, SohoaCmsMaterial *material)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (judged_free);

  g_ptr_array_set_size (all, (int) signatures->len);
  material->proof_us = 0;
  for (guint i = signatures->len; i > 0; i--) {
    const SohoaPdfSignature *s = g_ptr_array_index (signatures, i - 1);
    SohoaRange ranges[2] = { { s->byte_range[0], s->byte_range[1] }, { s->byte_range[2], s->byte_range[3] } };
    Judged *one = g_new0 (Judged, 1);

    all->pdata[i - 1] = one;
    one->place = s;
    one->proof_us = material->proof_us;
    sohoa_cms_verify_with (s->contents, fd, ranges, s->well_formed ? 2 : 0, material, &one->report);
    one->changed = sohoa_pdf_changes_after (fd, signatures, i - 1, &one->changes);
    one->status = status_of (one);
    one->level = "";
    if (one->report.timestamp && g_str_has_prefix (one->status, "VALID"))
      material->proof_us = one->report.timestamp_time_us;
  }
  return all;
}

static gboolean
is_intact (const Judged *one)
{
  return one->place->well_formed && one->report.digest_ok && one->report.signature_ok;
}

/* What the file itself carries for this signature, by the profile's names (EN 319 142-1, 6.2). Whom the reader trusts
 * is another question: see status. */
static const char *
level_of (const GPtrArray *all, guint index)
{
  const Judged *one = all->pdata[index], *last = all->pdata[all->len - 1];
  const SohoaCmsReport *report = &one->report;
  gboolean stamped = report->timestamp_time_us > 0;
  gboolean lasting = report->revocation == SOHOA_REVOCATION_GOOD
                     && (report->timestamp_time_us == 0 || report->timestamp_revocation == SOHOA_REVOCATION_GOOD);

  if (report->timestamp || !is_intact (one) || !report->cades_bound)
    return "";
  for (guint i = index + 1; i < all->len; i++)
    stamped = stamped || (((Judged *) all->pdata[i])->report.timestamp && is_intact (all->pdata[i]));
  if (!stamped)
    return "B-B";
  if (!lasting)
    return "B-T";
  return last->report.timestamp && is_intact (last) && last->place->covers_whole ? "B-LTA" : "B-LT";
}

static void
find_levels (GPtrArray *all)
{
  for (guint i = 0; i < all->len; i++)
    ((Judged *) all->pdata[i])->level = level_of (all, i);
}

/* The lowest level of any signature that has one. */
static const char *
lowest_level (const GPtrArray *all)
{
  static const char *const order[] = { "B-B", "B-T", "B-LT", "B-LTA" };

  for (guint k = 0; k < G_N_ELEMENTS (order); k++)
    for (guint i = 0; i < all->len; i++)
      if (g_str_equal (((Judged *) all->pdata[i])->level, order[k]))
        return order[k];
  return "";
}

/* The worst of them speaks for the file. */
static const char *
overall (const GPtrArray *all)
{
  gboolean unknown = FALSE, changed = FALSE;

  for (guint i = 0; i < all->len; i++) {
    const Judged *one = all->pdata[i];

    if (g_str_equal (one->status, "INVALID"))
      return "INVALID";
    unknown = unknown || g_str_equal (one->status, "UNKNOWN");
    changed = changed || g_str_equal (one->status, "VALID-BUT-CHANGED");
  }
  if (all->len == 0)
    return "NONE";
  if (unknown)
    return "UNKNOWN";
  return changed ? "VALID-BUT-CHANGED" : "VALID";
}

/* ---- the report ---- */

static const char *
revocation_text (SohoaRevocation revocation)
{
  switch (revocation) {
  case SOHOA_REVOCATION_UNCHECKED: return "unchecked";
  case SOHOA_REVOCATION_GOOD: return "good";
  case SOHOA_REVOCATION_REVOKED: return "revoked";
  }
  return "unchecked";
}

static void
put_changes (JsonBuilder *b, const SohoaPdfChanges *changes)
{
  json_builder_set_member_name (b, "changed_after");
  json_builder_begin_array (b);
  for (guint i = 0; changes->texts != NULL && i < changes->texts->len; i++)
    json_builder_add_string_value (b, changes->texts->pdata[i]);
  json_builder_end_array (b);
}

static void
put_signature (JsonBuilder *b, const Judged *one)
{
  const SohoaPdfSignature *s = one->place;
  const SohoaCmsReport *report = &one->report;

  json_builder_begin_object (b);
  put_text (b, "field", s->field);
  put_text (b, "status", one->status);
  put_text (b, "reason", reason_of (one));
  put_changes (b, &one->changes);
  put_text (b, "level", one->level);
  put_text (b, "signer", report->signer_name);
  put_text (b, "issuer", report->issuer_name);
  put_text (b, "serial", report->serial);
  put_text (b, "sha256", report->cert_sha256);
  put_text (b, "subfilter", s->subfilter);
  put_text (b, "claimed_name", s->name);
  put_text (b, "claimed_reason", s->reason);
  put_text (b, "claimed_time", s->m);
  put_time (b, "timestamp", report->timestamp_time_us);
  put_time (b, "proven_before", one->proof_us);
  put_time (b, "judged_at", report->used_time_us);
  put_time (b, "not_before", report->not_before_us);
  put_time (b, "not_after", report->not_after_us);
  put_text (b, "revocation", revocation_text (report->revocation));
  put_time (b, "revoked", report->revoked_us);
  put_bool (b, "document_timestamp", report->timestamp);
  put_bool (b, "covers_whole", s->covers_whole);
  put_bool (b, "digest_ok", report->digest_ok);
  put_bool (b, "signature_ok", report->signature_ok);
  put_bool (b, "chain_ok", report->chain_ok);
  put_bool (b, "cades_bound", report->cades_bound);
  put_bool (b, "weak", report->weak);
  json_builder_end_object (b);
}

static char *
report_json (const GPtrArray *all)
{
  g_autoptr(JsonBuilder) b = json_builder_new ();
  g_autoptr(JsonNode) root = NULL;

  json_builder_begin_object (b);
  json_builder_set_member_name (b, "signatures");
  json_builder_begin_array (b);
  for (guint i = 0; i < all->len; i++)
    put_signature (b, all->pdata[i]);
  json_builder_end_array (b);
  put_text (b, "status", overall (all));
  put_text (b, "level", lowest_level (all));
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  return json_to_string (root, FALSE);
}

static void
put_certificates (GVariantDict *reply, const GPtrArray *all, SohoaEvidence *known)
{
  GVariantBuilder leaves, carried;

  g_variant_builder_init (&leaves, G_VARIANT_TYPE ("aay"));
  g_variant_builder_init (&carried, G_VARIANT_TYPE ("aay"));
  for (guint i = 0; i < all->len; i++) {
    const SohoaCmsReport *report = &((Judged *) all->pdata[i])->report;

    for (guint k = 0; k < report->leaves->len; k++)
      g_variant_builder_add_value (&leaves, g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, report->leaves->pdata[k], TRUE));
    for (guint k = 0; k < report->carried->len; k++)
      (void) sohoa_evidence_add (known->certs, report->carried->pdata[k]);
  }
  for (guint k = 0; k < known->certs->len; k++)
    g_variant_builder_add_value (&carried, g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, known->certs->pdata[k], TRUE));
  g_variant_dict_insert_value (reply, "leaves", g_variant_builder_end (&leaves));
  g_variant_dict_insert_value (reply, "carried", g_variant_builder_end (&carried));
}

/* What the file brings, and what the supervisor fetched. */
static gboolean
take_evidence (const SohoaRequest *request, SohoaEvidence *embedded, SohoaEvidence **fetched, GError **error)
{
  g_autoptr(GVariant) value = g_variant_lookup_value (request->args, "evidence", NULL);

  *fetched = value != NULL ? sohoa_evidence_from_variant (value, error) : sohoa_evidence_new ();
  return *fetched != NULL
         && sohoa_pdf_read_evidence (request->fds[0], SOHOA_EVIDENCE_MAX_ITEMS, SOHOA_EVIDENCE_MAX_ITEM_BYTES,
                                     embedded->certs, embedded->ocsps, embedded->crls, error);
}

GVariant *
sohoa_op_verify (SohoaWorker *self, const SohoaRequest *request, GError **error)
{
  g_autoptr(GPtrArray) signatures = NULL;
  g_autoptr(GPtrArray) all = NULL;
  g_autoptr(GBytes) trust = NULL;
  g_autoptr(SohoaEvidence) embedded = sohoa_evidence_new ();
  g_autoptr(SohoaEvidence) fetched = NULL;
  SohoaCmsMaterial material = { .evidence = embedded, .now_us = sohoa_time_now_us () };
  g_autofree char *json = NULL;
  GVariantDict reply;

  (void) self;
  if (!sohoa_request_check (request, 2, error)
      || (trust = sohoa_fd_read_bytes (request->fds[1], SOHOA_TRUST_MAX_BYTES, error)) == NULL
      || (signatures = sohoa_pdf_signatures (request->fds[0], NULL, error)) == NULL
      || !take_evidence (request, embedded, &fetched, error))
    return NULL;
  (void) g_variant_lookup (request->args, "time", "x", &material.now_us);
  material.trust_pem = trust;
  all = judge_all (signatures, request->fds[0], &material);
  find_levels (all);
  material.need_revocation = sohoa_request_bool (request, "need-revocation", FALSE);
  if (!sohoa_evidence_is_empty (fetched) || material.need_revocation) {
    g_autoptr(GPtrArray) judged = NULL;

    sohoa_evidence_merge (embedded, fetched);
    judged = judge_all (signatures, request->fds[0], &material);
    for (guint i = 0; i < judged->len; i++) /* the level is what the file itself proves */
      ((Judged *) judged->pdata[i])->level = ((Judged *) all->pdata[i])->level;
    g_ptr_array_unref (all);
    all = g_steal_pointer (&judged);
  }
  json = report_json (all);
  g_variant_dict_init (&reply, NULL);
  g_variant_dict_insert (&reply, "report", "s", json);
  put_certificates (&reply, all, embedded);
  return g_variant_dict_end (&reply);
}
