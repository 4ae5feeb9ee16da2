/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The conversation: what a call leaves to others, in one JSON document. What is
 * only of interest to whoever looks for a fault stays in the record.
 *
 * Threads: one at a time. Locks: none.
 */
#include "conversation.h"

#include "evaluation.h"
#include "record-private.h"

#include <glib/gstdio.h>

/* Of a SHA-256 in hexadecimal digits. */
#define ID_DIGITS 32

static const RecordListId lists[] = {
  RECORD_AGENTS,
  RECORD_CALLS,
  RECORD_INTERRUPTIONS,
  RECORD_USAGE,
  RECORD_PROVIDERS,
  RECORD_FAULTS,
  RECORD_LIMITS,
};

/**
 * conversation_id:
 * @record: of a call
 *
 * What the document is called by whoever gets it: the same for the same call,
 * however often it is made, and nothing but letters and digits whatever the
 * call is called.
 *
 * Returns: (transfer full): the id
 */
gchar *
conversation_id (const Record * record)
{
  gchar *name = g_strdup_printf ("conversation\n%s\n%" G_GINT64_FORMAT,
      record->call_id, record->started);
  gchar *id = g_compute_checksum_for_string (G_CHECKSUM_SHA256, name, -1);

  id[ID_DIGITS] = 0;
  g_free (name);
  return id;
}

/* How large it is now: nobody writes it any more. */
static void
write_size (JsonWriter * json, const RecordRecording * recording)
{
  GStatBuf info;

  if (g_stat (recording->location, &info) == 0 && S_ISREG (info.st_mode))
    json_writer_uint (json, "bytes", info.st_size);
  else
    json_writer_json (json, "bytes", NULL);
}

static void
write_recordings (JsonWriter * json, const Record * record)
{
  json_writer_begin (json, "recordings", '[');
  for (guint i = 0; i < record_length (record, RECORD_RECORDINGS); i++) {
    json_writer_begin (json, NULL, '{');
    record_write_item (json, record, RECORD_RECORDINGS, i);
    write_size (json, record_item (record, RECORD_RECORDINGS, i));
    json_writer_end (json, '}');
  }
  json_writer_end (json, ']');
}

static void
write_evaluation (JsonWriter * json, const Record * record, const gchar * rules)
{
  gchar *outcome = evaluation_by_rules (record, rules);

  if (outcome) {
    json_writer_begin (json, "evaluation", '{');
    json_writer_string (json, "by", "rules");
    json_writer_string (json, "outcome", outcome);
    json_writer_end (json, '}');
  } else {
    json_writer_json (json, "evaluation", NULL);
  }
  g_free (outcome);
}

/**
 * conversation_to_json:
 * @record: of a call that is over
 * @rules: (nullable): by which it is judged
 *
 * Returns: (transfer full): the document as docs/conversation.md describes it
 */
gchar *
conversation_to_json (const Record * record, const gchar * rules)
{
  JsonWriter json = {.out = g_string_new (NULL),.open = 2 };
  gchar *id = conversation_id (record);

  json_writer_begin (&json, NULL, '{');
  json_writer_string (&json, "document", "conversation");
  json_writer_uint (&json, "document_version", CONVERSATION_VERSION);
  json_writer_string (&json, "id", id);
  record_write_call (&json, record, TRUE);
  record_write_variables (&json, record);
  record_write_transcript (&json, record);
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    record_write_list (&json, record, lists[i]);
  write_recordings (&json, record);
  write_evaluation (&json, record, rules);
  json_writer_end (&json, '}');
  g_free (id);
  return g_string_free (json.out, FALSE);
}
