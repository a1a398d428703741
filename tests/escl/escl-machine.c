#include "escl-machine.h"

#include <leptonica/allheaders.h>
#include <stdlib.h>
#include <string.h>

#define TURNED_JPEG_QUALITY 90

static const struct {
  const char   *word;
  EsclFaultKind kind;
  gboolean      counts; /* takes how often instead of where */
} fault_words[] = {
  { "jam", ESCL_FAULT_JAM, FALSE },         { "cover", ESCL_FAULT_COVER, FALSE },
  { "double-feed", ESCL_FAULT_DOUBLE_FEED, FALSE }, { "busy", ESCL_FAULT_BUSY, FALSE },
  { "cut", ESCL_FAULT_CUT, FALSE },         { "shorter", ESCL_FAULT_SHORTER, FALSE },
  { "longer", ESCL_FAULT_LONGER, FALSE },   { "stall", ESCL_FAULT_STALL, FALSE },
  { "hang", ESCL_FAULT_HANG, FALSE },       { "type", ESCL_FAULT_TYPE, FALSE },
  { "garbage", ESCL_FAULT_GARBAGE, FALSE }, { "vanish", ESCL_FAULT_VANISH, FALSE },
  { "refuse", ESCL_FAULT_REFUSE, TRUE },    { "denied", ESCL_FAULT_DENIED, TRUE },
};

void
escl_image_clear (EsclImage *image)
{
  g_clear_pointer (&image->bytes, g_bytes_unref);
}

EsclMachine *
escl_machine_new (void)
{
  EsclMachine *self = g_new0 (EsclMachine, 1);

  self->files = g_ptr_array_new_with_free_func (g_free);
  self->platen = g_ptr_array_new_with_free_func (g_free);
  self->faults = g_array_new (FALSE, TRUE, sizeof (EsclFault));
  self->jobs = g_ptr_array_new_with_free_func (g_free);
  self->sides = 2;
  return self;
}

void
escl_machine_free (EsclMachine *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->files);
  g_ptr_array_unref (self->platen);
  g_array_unref (self->faults);
  g_ptr_array_unref (self->jobs);
  g_free (self->record_dir);
  g_free (self);
}

static gboolean
parse_count (const char *word, guint *out)
{
  guint64 value;

  if (word == NULL || !g_ascii_string_to_unsigned (word, 10, 1, 100000, &value, NULL))
    return FALSE;
  *out = (guint) value;
  return TRUE;
}

gboolean
escl_machine_add_fault (EsclMachine *self, const char *line, GError **error)
{
  g_auto(GStrv) words = g_strsplit (line, " ", 4);
  guint n = g_strv_length (words), number;
  EsclFault fault = { .left = 1 };

  for (guint i = 0; n >= 2 && i < G_N_ELEMENTS (fault_words); i++) {
    if (!g_str_equal (words[0], fault_words[i].word) || !parse_count (words[1], &number))
      continue;
    fault.kind = fault_words[i].kind;
    *(fault_words[i].counts ? &fault.left : &fault.at) = number;
    fault.back = n == 3 && fault.kind == ESCL_FAULT_JAM && g_str_equal (words[2], "back");
    if (n > 2 && !fault.back && (fault.kind != ESCL_FAULT_BUSY || n > 3 || !parse_count (words[2], &fault.left)))
      break;
    g_array_append_val (self->faults, fault);
    return TRUE;
  }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "fault '%s': not known: see escl-machine.h", line);
  return FALSE;
}

/* The fault due now, used up by asking. */
static gboolean
take_fault (EsclMachine *self, EsclFaultKind kind, guint at, gboolean back)
{
  for (guint i = 0; i < self->faults->len; i++) {
    EsclFault *fault = &g_array_index (self->faults, EsclFault, i);

    if (fault->kind == kind && fault->at == at && fault->back == back && fault->left > 0) {
      fault->left--;
      return TRUE;
    }
  }
  return FALSE;
}

static guint
total_sheets (const EsclMachine *self)
{
  return (self->files->len + self->sides - 1) / self->sides;
}

guint
escl_machine_count_sheets (const EsclMachine *self)
{
  return total_sheets (self) - MIN (self->next_sheet, total_sheets (self));
}

/* ---- jobs ---- */

guint
escl_machine_start (EsclMachine *self, gboolean feeder, gboolean duplex, EsclJob **job_out)
{
  EsclJob *job;

  *job_out = NULL;
  if (take_fault (self, ESCL_FAULT_DENIED, 0, FALSE))
    return 403;
  if (take_fault (self, ESCL_FAULT_REFUSE, 0, FALSE) || (feeder && self->adf_error != NULL))
    return 503;
  if (feeder && escl_machine_count_sheets (self) == 0)
    return 409;
  if (!feeder && self->platen->len == 0)
    return 409;
  job = g_new0 (EsclJob, 1);
  g_ptr_array_add (self->jobs, job);
  job->id = self->jobs->len;
  job->feeder = feeder;
  job->duplex = feeder && duplex;
  *job_out = job;
  return 201;
}

static EsclJob *
find_job (EsclMachine *self, guint id)
{
  return id >= 1 && id <= self->jobs->len ? g_ptr_array_index (self->jobs, id - 1) : NULL;
}

void
escl_machine_cancel (EsclMachine *self, guint job_id)
{
  EsclJob *job = find_job (self, job_id);

  if (job != NULL)
    job->cancelled = TRUE;
}

/* The feeder stops here if it must; the sheet stays the next one, for it will be put back. */
static gboolean
stops_at (EsclMachine *self, guint sheet, gboolean back)
{
  if (take_fault (self, ESCL_FAULT_JAM, sheet, back))
    self->adf_error = "ScannerAdfJam";
  else if (!back && take_fault (self, ESCL_FAULT_COVER, sheet, FALSE))
    self->adf_error = "ScannerAdfHatchOpen";
  else if (!back && take_fault (self, ESCL_FAULT_DOUBLE_FEED, sheet, FALSE))
    self->adf_error = "ScannerAdfMultipickDetected";
  return self->adf_error != NULL;
}

static EsclFaultKind
fault_of_image (EsclMachine *self, guint image)
{
  static const EsclFaultKind kinds[] = { ESCL_FAULT_CUT, ESCL_FAULT_SHORTER, ESCL_FAULT_LONGER, ESCL_FAULT_STALL,
                                         ESCL_FAULT_HANG, ESCL_FAULT_TYPE, ESCL_FAULT_GARBAGE, ESCL_FAULT_VANISH };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (take_fault (self, kinds[i], image, FALSE))
      return kinds[i];
  return ESCL_FAULT_NONE;
}

/* The same picture upside down, encoded again, as a duplex unit does it. NULL on failure. */
static GBytes *
turn (GBytes *bytes)
{
  gsize length;
  const l_uint8 *data = g_bytes_get_data (bytes, &length);
  PIX *pix = pixReadMem (data, length), *turned = pix != NULL ? pixRotate180 (NULL, pix) : NULL;
  l_uint8 *out = NULL;
  size_t out_length = 0;

  if (turned != NULL) {
    pixCopyResolution (turned, pix);
    if (pixWriteMemJpeg (&out, &out_length, turned, TURNED_JPEG_QUALITY, 0) != 0)
      out = NULL;
  }
  pixDestroy (&pix);
  pixDestroy (&turned);
  return out != NULL ? g_bytes_new_with_free_func (out, out_length, free, out) : NULL;
}

static GBytes *
load (const char *path)
{
  char *data;
  gsize length;

  return g_file_get_contents (path, &data, &length, NULL) ? g_bytes_new_take (data, length) : NULL;
}

/* File of the next side, or NULL at the end; moves the paper. */
static const char *
feed (EsclMachine *self, EsclJob *job, gboolean *back_out, gboolean *stopped_out)
{
  guint at;

  *back_out = job->sheet != 0;
  *stopped_out = FALSE;
  if (job->sheet == 0 && self->next_sheet >= total_sheets (self))
    return NULL;
  if (stops_at (self, self->next_sheet + 1, *back_out)) {
    *stopped_out = TRUE;
    return NULL;
  }
  at = self->next_sheet * self->sides + (*back_out && self->sides == 2 ? 1 : 0);
  if (job->duplex && job->sheet == 0 && self->sides == 2) {
    job->sheet = self->next_sheet + 1; /* its back comes next */
  } else {
    job->sheet = 0;
    self->next_sheet++;
  }
  return at < self->files->len ? g_ptr_array_index (self->files, at) : g_ptr_array_index (self->files, at - 1);
}

EsclNext
escl_machine_next (EsclMachine *self, guint job_id, EsclImage *image_out)
{
  EsclJob *job = find_job (self, job_id);
  const char *file = NULL;
  gboolean back = FALSE, stopped = FALSE;
  gint64 now = g_get_monotonic_time ();

  *image_out = (EsclImage) { 0 };
  if (job == NULL || job->cancelled)
    return ESCL_NEXT_NO_JOB;
  if ((job->feeder && self->adf_error != NULL) || take_fault (self, ESCL_FAULT_BUSY, self->n_images + 1, FALSE))
    return ESCL_NEXT_BUSY;
  if (job->feeder)
    file = feed (self, job, &back, &stopped);
  else if (job->delivered == 0)
    file = g_ptr_array_index (self->platen, self->n_platen++ % self->platen->len);
  if (stopped)
    return ESCL_NEXT_BUSY;
  image_out->bytes = file != NULL ? load (file) : NULL;
  if (image_out->bytes == NULL) {
    job->finished = TRUE;
    return ESCL_NEXT_END;
  }
  if (back && self->turned_backs) {
    GBytes *turned = turn (image_out->bytes);

    g_bytes_unref (image_out->bytes);
    image_out->bytes = turned;
  }
  job->delivered++;
  image_out->fault = fault_of_image (self, ++self->n_images);
  job->ready_us = MAX (now, job->ready_us) + (gint64) self->interval_ms * 1000;
  image_out->wait_us = job->ready_us - now;
  return image_out->bytes != NULL ? ESCL_NEXT_IMAGE : ESCL_NEXT_END;
}

void
escl_machine_sent (EsclMachine *self, const EsclImage *image)
{
  gsize length;
  const char *data = g_bytes_get_data (image->bytes, &length);
  g_autofree char *path = NULL;

  self->n_recorded++;
  if (self->record_dir == NULL)
    return;
  path = g_strdup_printf ("%s/image-%04u.jpg", self->record_dir, self->n_recorded);
  if (!g_file_set_contents (path, data, (gssize) length, NULL))
    g_printerr ("%s: not written\n", path);
}

/* ---- what a person does ---- */

void
escl_machine_clear (EsclMachine *self)
{
  self->adf_error = NULL;
}

void
escl_machine_load (EsclMachine *self, const char *const *files)
{
  if (files != NULL && files[0] != NULL) {
    g_ptr_array_set_size (self->files, 0);
    for (guint i = 0; files[i] != NULL; i++)
      g_ptr_array_add (self->files, g_strdup (files[i]));
  }
  self->next_sheet = 0;
  self->n_images = 0;
  self->adf_error = NULL;
}
