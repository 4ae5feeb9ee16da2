/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice calls export`: one call for other programs.
 *
 * Threads: the main thread. Locks: none.
 */
#include "calls-private.h"

#include "verbs.h"

#include <string.h>

static const CallsUsage usage = {
  "gst-voice calls export", "CALL",
  "Writes one call: its record as JSON, the document that a webhook gets "
      "\n(conversation), what was said as text, or the journal (jsonl) as it "
      "was.",
  "CALL is an id, the beginning of one, or `last`.\n\nExamples:\n"
      "  gst-voice calls export last --format text\n"
      "  gst-voice calls export 7b1e09c2 --output call.json\n"
      "  gst-voice calls export last --format jsonl | jq .type\n",
};

static const gchar *const formats[] = { "json", "conversation", "text", "jsonl",
  NULL
};

static gchar *
make_export (Store * store, const gchar * call_id, const gchar * format,
    gsize * size, GError ** error)
{
  gchar *text = NULL;
  Record *record;

  if (strcmp (format, "jsonl") == 0)
    return store_get_journal (store, call_id, size, error);
  if (strcmp (format, "conversation") == 0) {
    text = store_get_conversation (store, call_id, error);
    *size = text ? strlen (text) : 0;
    return text;
  }
  record = store_get_record (store, call_id, error);
  if (!record)
    return NULL;
  text = strcmp (format, "text") == 0 ? record_to_text (record) :
      record_to_json (record);
  *size = strlen (text);
  record_free (record);
  return text;
}

/* A file is whole or as it was; a pipe or a device is written as it is. */
static gboolean
write_file (const gchar * path, const gchar * text, gsize size, GError ** error)
{
  gboolean plain = !g_file_test (path, G_FILE_TEST_EXISTS)
      || g_file_test (path, G_FILE_TEST_IS_REGULAR);

  return g_file_set_contents_full (path, text, size, plain ?
      G_FILE_SET_CONTENTS_CONSISTENT : G_FILE_SET_CONTENTS_NONE, 0600, error);
}

static int
export (Store * store, const gchar * call, const gchar * format,
    const gchar * output)
{
  GError *error = NULL;
  gsize size;
  gchar *call_id = store_find (store, call, &error);
  gchar *text = call_id ? make_export (store, call_id, format, &size, &error) :
      NULL;
  int status;

  if (text && !output)
    status = calls_print (text, size);
  else if (text && write_file (output, text, size, &error))
    status = EXIT_OK;
  else
    status = calls_fail (error);
  g_free (text);
  g_free (call_id);
  return status;
}

/**
 * calls_export:
 * @argc: of the verb
 * @argv: of the verb, its name first
 *
 * Returns: the exit status
 */
int
calls_export (int argc, char **argv)
{
  g_autofree gchar *db = NULL, *format = NULL, *output = NULL;
  const GOptionEntry options[] = {
    {"db", 0, 0, G_OPTION_ARG_FILENAME, &db, "The database", "FILE"},
    {"format", 0, 0, G_OPTION_ARG_STRING, &format, "json (the default), "
          "conversation, text or jsonl", "FORMAT"},
    {"output", 0, 0, G_OPTION_ARG_FILENAME, &output, "Write to this file",
        "FILE"},
    {NULL}
  };
  GError *error = NULL;
  Store *store;
  int status;

  if (!calls_parse (&usage, options, &argc, &argv))
    return EXIT_USAGE;
  if (argc != 2)
    return calls_misused (&usage, "name one call");
  if (format && !g_strv_contains (formats, format))
    return calls_misused (&usage, "there is no format '%s' (there are json, "
        "conversation, text and jsonl)", format);
  store = calls_open (db, STORE_READ, &error);
  if (!store)
    return calls_fail (error);
  status = export (store, argv[1], format ? format : formats[0], output);
  store_close (store);
  return status;
}
