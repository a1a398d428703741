/* eSCL (Mopria Alliance eSCL technical specification 2.97): the answers and the ticket. */
#include "escl-machine.h"

#include <string.h>

#define NAMESPACES \
  "xmlns:scan=\"http://schemas.hp.com/imaging/escl/2011/05/03\" xmlns:pwg=\"http://www.pwg.org/schemas/2010/12/sm\""

static void
add_profile (GString *out, const EsclModel *model)
{
  g_auto(GStrv) modes = g_strsplit (model->modes, ",", -1);
  g_auto(GStrv) dpis = g_strsplit (model->resolutions, ",", -1);

  g_string_append (out, "<scan:SettingProfiles><scan:SettingProfile><scan:ColorModes>");
  for (guint i = 0; modes[i] != NULL; i++)
    g_string_append_printf (out, "<scan:ColorMode>%s</scan:ColorMode>", modes[i]);
  g_string_append (out, "</scan:ColorModes><scan:DocumentFormats><pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>"
                        "<scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt></scan:DocumentFormats>"
                        "<scan:SupportedResolutions><scan:DiscreteResolutions>");
  for (guint i = 0; dpis[i] != NULL; i++)
    g_string_append_printf (out, "<scan:DiscreteResolution><scan:XResolution>%s</scan:XResolution>"
                                 "<scan:YResolution>%s</scan:YResolution></scan:DiscreteResolution>", dpis[i], dpis[i]);
  g_string_append (out, "</scan:DiscreteResolutions></scan:SupportedResolutions></scan:SettingProfile></scan:SettingProfiles>"
                        "<scan:SupportedIntents><scan:Intent>Document</scan:Intent></scan:SupportedIntents>");
}

static void
add_caps (GString *out, const EsclModel *model, const char *tag)
{
  g_string_append_printf (out, "<scan:%s><scan:MinWidth>16</scan:MinWidth><scan:MaxWidth>%u</scan:MaxWidth>"
                               "<scan:MinHeight>16</scan:MinHeight><scan:MaxHeight>%u</scan:MaxHeight>"
                               "<scan:MaxScanRegions>1</scan:MaxScanRegions>", tag, model->width, model->height);
  add_profile (out, model);
  g_string_append_printf (out, "</scan:%s>", tag);
}

char *
escl_answer_capabilities (const EsclModel *model)
{
  GString *out = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scan:ScannerCapabilities " NAMESPACES ">");

  g_string_append_printf (out, "<pwg:Version>2.63</pwg:Version><pwg:MakeAndModel>%s</pwg:MakeAndModel>"
                               "<pwg:SerialNumber>1</pwg:SerialNumber>"
                               "<scan:UUID>5d8a1f0e-3b4c-4f6a-9d3e-50686f610001</scan:UUID>", model->name);
  if (model->has_platen) {
    g_string_append (out, "<scan:Platen>");
    add_caps (out, model, "PlatenInputCaps");
    g_string_append (out, "</scan:Platen>");
  }
  if (model->has_adf) {
    g_string_append (out, "<scan:Adf>");
    add_caps (out, model, "AdfSimplexInputCaps");
    if (model->has_duplex)
      add_caps (out, model, "AdfDuplexInputCaps");
    g_string_append_printf (out, "<scan:FeederCapacity>100</scan:FeederCapacity><scan:AdfOptions>"
                                 "<scan:AdfOption>DetectPaperLoaded</scan:AdfOption>%s</scan:AdfOptions></scan:Adf>",
                            model->has_duplex ? "<scan:AdfOption>Duplex</scan:AdfOption>" : "");
  }
  g_string_append (out, "</scan:ScannerCapabilities>\n");
  return g_string_free (out, FALSE);
}

static const char *
state_of_job (const EsclJob *job)
{
  return job->cancelled ? "Canceled" : job->finished ? "Completed" : "Processing";
}

char *
escl_answer_status (const EsclMachine *machine)
{
  GString *out = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scan:ScannerStatus " NAMESPACES ">");
  const EsclJob *last = machine->jobs->len > 0 ? g_ptr_array_index (machine->jobs, machine->jobs->len - 1) : NULL;
  gboolean busy = last != NULL && !last->finished && !last->cancelled;
  const char *adf = machine->adf_error != NULL ? machine->adf_error
                    : escl_machine_count_sheets (machine) > 0 ? "ScannerAdfLoaded" : "ScannerAdfEmpty";

  g_string_append_printf (out, "<pwg:Version>2.63</pwg:Version><pwg:State>%s</pwg:State><scan:AdfState>%s</scan:AdfState>",
                          busy ? "Processing" : "Idle", adf);
  if (last != NULL)
    g_string_append_printf (out, "<scan:Jobs><scan:JobInfo><pwg:JobUri>/eSCL/ScanJobs/%u</pwg:JobUri>"
                                 "<pwg:JobUuid>%u</pwg:JobUuid><pwg:ImagesCompleted>%u</pwg:ImagesCompleted>"
                                 "<pwg:JobState>%s</pwg:JobState></scan:JobInfo></scan:Jobs>", last->id, last->id,
                            last->delivered, state_of_job (last));
  g_string_append (out, "</scan:ScannerStatus>\n");
  return g_string_free (out, FALSE);
}

/* ---- ticket ---- */

typedef struct {
  const char *wanted;  /* (unowned) (nullable) local name of the open element */
  gboolean    feeder, duplex;
} Ticket;

static void
on_start (GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data,
          GError **error)
{
  Ticket *ticket = data;
  const char *colon = strrchr (name, ':');
  const char *local = colon != NULL ? colon + 1 : name;

  ticket->wanted = g_str_equal (local, "InputSource") ? "InputSource" : g_str_equal (local, "Duplex") ? "Duplex" : NULL;
}

static void
on_end (GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
  ((Ticket *) data)->wanted = NULL;
}

static void
on_text (GMarkupParseContext *context, const char *text, gsize length, gpointer data, GError **error)
{
  Ticket *ticket = data;
  g_autofree char *word = g_strstrip (g_strndup (text, length));

  if (g_strcmp0 (ticket->wanted, "InputSource") == 0)
    ticket->feeder = g_str_equal (word, "Feeder");
  else if (g_strcmp0 (ticket->wanted, "Duplex") == 0)
    ticket->duplex = g_str_equal (word, "true");
}

gboolean
escl_ticket_parse (const char *xml, gsize length, gboolean *feeder_out, gboolean *duplex_out)
{
  static const GMarkupParser parser = { .start_element = on_start, .end_element = on_end, .text = on_text };
  Ticket ticket = { 0 };
  g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new (&parser, 0, &ticket, NULL);
  gboolean ok = g_markup_parse_context_parse (context, xml, (gssize) length, NULL)
                && g_markup_parse_context_end_parse (context, NULL);

  *feeder_out = ticket.feeder;
  *duplex_out = ticket.duplex;
  return ok;
}
