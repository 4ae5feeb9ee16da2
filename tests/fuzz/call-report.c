/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reports of a call to its worker, a JSON object a line, and what the worker
 * tells of the call then.
 */
#include "zygote-double.h"

#include <glib/gstdio.h>
#include <gst-voice/json.h>
#include <string.h>
#include <worker-calls.h>

int LLVMFuzzerTestOneInput (const guint8 * data, gsize size);

static void
recorded (const gchar * call_id, const GError * error, gpointer data)
{
}

static void
ignore_job (gpointer data, gpointer owner, const gchar * job)
{
}

static void
ignore_end (gpointer data, gpointer owner, const gchar * job,
    const gchar * failure)
{
}

static void
ignore_crash (gpointer data, const WorkerCrash * crash)
{
}

static void
ignore_zygote (gpointer data, const GError * error)
{
}

static WorkerCalls *
begin (Zygote * zygote, WorkerRecords * records, WorkerMetrics * metrics)
{
  static const WorkerCallsEvents events = {.started = ignore_job,
    .done = ignore_end,.crashed = ignore_crash,.zygote_lost = ignore_zygote
  };
  static const WorkerSettings settings = {.persona = (gchar *) "clinic.json",
    .url = (gchar *) "ws://localhost"
  };
  WorkerCalls *calls = worker_calls_new (&settings, zygote, records, metrics,
      NULL, &events, NULL);
  LivekitJob job = {.id = (gchar *) "AJ_1",.metadata = (gchar *) "",
    .attributes = g_hash_table_new (g_str_hash, g_str_equal)
  };

  worker_calls_run (calls, NULL, &job, "", "token");
  g_hash_table_unref (job.attributes);
  return calls;
}

static void
report (Zygote * zygote, const gchar * id, const gchar * line, gsize size)
{
  JsonNode *node = gst_voice_json_parse (line, size, CALL_MESSAGE_MAX, 4,
      NULL);
  gchar *text;

  if (node && JSON_NODE_HOLDS_OBJECT (node)
      && json_object_get_string_member_with_default (json_node_get_object
          (node), "type", NULL)) {
    text = g_strndup (line, size);
    zygote_double_report (zygote, id, text);
    g_free (text);
  }
  g_clear_pointer (&node, json_node_unref);
}

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  static WorkerRecords *records;
  Zygote *zygote = zygote_start (NULL, NULL);
  WorkerMetrics *metrics = worker_metrics_new ("node");
  const gchar *text = (const gchar *) data, *end = text + size, *id;
  WorkerCalls *calls;
  gchar *json;

  if (!records) {
    log_begin (LOG_JSON, LOG_LEVEL_ERROR);
    records = worker_records_new ("none", recorded, NULL, NULL);
  }
  zygote_double_begin ();
  calls = begin (zygote, records, metrics);
  id = ((ZygoteDoubleOrder *) zygote_double_orders->pdata[0])->call_id;
  while (text < end) {
    const gchar *stop = memchr (text, '\n', end - text);

    stop = stop ? stop : end;
    report (zygote, id, text, stop - text);
    text = stop + 1;
  }
  json = worker_calls_to_json (calls);
  json_node_unref (gst_voice_json_parse (json, -1, CALL_MESSAGE_MAX, 4, NULL));
  g_free (json);
  json = worker_metrics_to_text (metrics);
  if (strstr (json, " nan") || strstr (json, " inf"))
    g_error ("no number in %s", json);
  g_free (json);
  worker_calls_free (calls);
  zygote_stop (zygote);
  zygote_double_end ();
  worker_metrics_free (metrics);
  return 0;
}
