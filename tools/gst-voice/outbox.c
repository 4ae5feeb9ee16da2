/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice outbox`: conversations that are to reach a receiver, and those
 * that could not. What is replayed is sent at once.
 *
 * Threads: the main thread, beside that of the sender. Locks: none.
 */
#include "calls-private.h"

#include "json-writer.h"
#include "outbox-sender.h"
#include "verbs.h"

#include <gst-voice/json.h>
#include <string.h>

/* How long receivers are waited for. */
#define SECONDS 30

typedef struct
{
  gchar *db, *state;
  gboolean json, dead;
} Options;

typedef struct
{
  const gchar *name, *summary;
  const CallsUsage usage;
  StoreFlags flags;
  int (*act) (Store * store, const Options * options, char **ids);
  guint min;                    /* how many documents must be named */
} Action;

static void
write_entry (JsonWriter * json, const OutboxEntry * entry)
{
  json_writer_begin (json, NULL, '{');
  json_writer_string (json, "id", entry->id);
  json_writer_string (json, "call_id", entry->call_id);
  json_writer_string (json, "url", entry->url);
  json_writer_string (json, "secret", entry->secret);
  json_writer_string (json, "state", entry->state);
  json_writer_string (json, "since", entry->since);
  json_writer_string (json, "next_at", entry->next_at);
  json_writer_string (json, "delivered", entry->delivered);
  json_writer_uint (json, "attempts", entry->attempts);
  json_writer_uint (json, "status", entry->status);
  json_writer_string (json, "last_error", entry->last_error);
  json_writer_end (json, '}');
}

static int
print_taken (GString * out)
{
  int status = calls_print (out->str, out->len);

  g_string_free (out, TRUE);
  return status;
}

static int
print_json (GPtrArray * entries)
{
  JsonWriter json = {.out = g_string_new (NULL),.open = 1 };

  json_writer_begin (&json, NULL, '[');
  for (guint i = 0; i < entries->len; i++)
    write_entry (&json, g_ptr_array_index (entries, i));
  json_writer_end (&json, ']');
  return print_taken (json.out);
}

static void
append_line (GString * out, const OutboxEntry * entry)
{
  const gchar *what = strcmp (entry->state, OUTBOX_DELIVERED) == 0 ?
      entry->url : *entry->last_error ? entry->last_error : entry->url;

  g_string_append_printf (out, "%.8s  %-9s  %s  %8u  ", entry->id,
      entry->state, entry->since, entry->attempts);
  text_append (out, what);
  g_string_append_c (out, '\n');
}

static int
list (Store * store, const Options * options, char **ids)
{
  GError *error = NULL;
  GPtrArray *entries = outbox_list (store, options->state, &error);
  GString *out;
  int status;

  if (!entries)
    return calls_fail (error);
  if (options->json) {
    status = print_json (entries);
  } else {
    out = g_string_new (entries->len == 0 ? NULL : "ID        STATE      SINCE"
        "                     ATTEMPTS  WHERE OR WHY\n");
    for (guint i = 0; i < entries->len; i++)
      append_line (out, g_ptr_array_index (entries, i));
    if (entries->len == 0)
      g_printerr ("gst-voice: the outbox is empty\n");
    status = print_taken (out);
  }
  g_ptr_array_unref (entries);
  return status;
}

static void
append_field (GString * out, const gchar * name, const gchar * value)
{
  if (!value || !*value)
    return;
  g_string_append_printf (out, "%-10s", name);
  text_append (out, value);
  g_string_append_c (out, '\n');
}

static void
append_entry (GString * out, const OutboxEntry * entry)
{
  append_field (out, "Document", entry->id);
  append_field (out, "Call", entry->call_id);
  append_field (out, "To", entry->url);
  append_field (out, "Secret", entry->secret);
  append_field (out, "State", entry->state);
  append_field (out, "Since", entry->since);
  append_field (out, "Delivered", entry->delivered);
  if (strcmp (entry->state, OUTBOX_WAITING) == 0)
    append_field (out, "Next", entry->next_at);
  g_string_append_printf (out, "%-10s%u\n", "Attempts", entry->attempts);
  if (entry->status > 0)
    g_string_append_printf (out, "%-10s%u\n", "Status", entry->status);
  append_field (out, "Error", entry->last_error);
}

static int
show (Store * store, const Options * options, char **ids)
{
  GError *error = NULL;
  OutboxEntry *entry = outbox_find (store, ids[0], &error);
  gchar *document = entry ? store_get_conversation (store, entry->call_id,
      &error) : NULL;
  GString *out = g_string_new (NULL);

  if (document && options->json) {
    g_string_append (out, document);
  } else if (document) {
    append_entry (out, entry);
    g_string_append_c (out, '\n');
    g_string_append (out, document);
  }
  g_clear_pointer (&entry, outbox_entry_free);
  g_free (document);
  if (!error)
    return print_taken (out);
  g_string_free (out, TRUE);
  return calls_fail (error);
}

/* In the thread of the sender. */
static void
take_news (const OutboxEntry * entry, const gchar * state, const gchar * why,
    gpointer data)
{
  gchar *line = text_printable (why ? why : "");

  if (entry)
    g_print ("%.8s  %s%s%s\n", entry->id, state, *line ? ": " : "", line);
  else
    g_printerr ("gst-voice: %s\n", line);
  if (why)
    g_atomic_int_set ((gint *) data, TRUE);
  g_free (line);
}

static int
send_now (const Options * options)
{
  gint failed = FALSE;

  outbox_sender_free (outbox_sender_new (options->db, take_news, &failed),
      SECONDS);
  return failed ? EXIT_FAILED : EXIT_OK;
}

static gboolean
replay_one (Store * store, const gchar * id, GError ** error)
{
  OutboxEntry *entry = outbox_find (store, id, error);
  gboolean ok = entry && outbox_replay (store, entry->id, g_get_real_time (),
      error);

  g_clear_pointer (&entry, outbox_entry_free);
  return ok;
}

static gboolean
replay_dead (Store * store, GError ** error)
{
  GPtrArray *entries = outbox_list (store, OUTBOX_DEAD, error);
  gboolean ok = entries != NULL;

  for (guint i = 0; ok && i < entries->len; i++) {
    const OutboxEntry *entry = g_ptr_array_index (entries, i);

    ok = outbox_replay (store, entry->id, g_get_real_time (), error);
  }
  g_clear_pointer (&entries, g_ptr_array_unref);
  return ok;
}

static int
replay (Store * store, const Options * options, char **ids)
{
  GError *error = NULL;
  gboolean ok = !options->dead || replay_dead (store, &error);

  for (guint i = 0; ok && ids[i]; i++)
    ok = replay_one (store, ids[i], &error);
  return ok ? send_now (options) : calls_fail (error);
}

static int
drop (Store * store, const Options * options, char **ids)
{
  GError *error = NULL;
  gboolean ok = TRUE;

  for (guint i = 0; ok && ids[i]; i++) {
    OutboxEntry *entry = outbox_find (store, ids[i], &error);

    ok = entry && outbox_drop (store, entry->id, &error);
    g_clear_pointer (&entry, outbox_entry_free);
  }
  return ok ? EXIT_OK : calls_fail (error);
}

#define NAMED "A document is named by its id or that of its call, or how one " \
  "of them begins.\n"

static const Action actions[] = {
  {"list", "list what was, or is to be, delivered",
        {"gst-voice outbox list", NULL, "Lists the documents of the outbox, "
              "newest first.", "Examples:\n"
              "  gst-voice outbox list --state dead\n"},
      STORE_READ, list, 0},
  {"show", "show one document",
        {"gst-voice outbox show", "DOCUMENT", "Shows one document: where it "
              "goes, what came of it, and what is sent.",
            NAMED "\nExamples:\n  gst-voice outbox show 4f1c\n"},
      STORE_READ, show, 1},
  {"replay", "send documents again, and what else is due",
        {"gst-voice outbox replay", "DOCUMENT…",
              "Sends documents again, under "
              "the same key, and what else is due.",
            NAMED "\nExamples:\n  gst-voice outbox replay --dead\n"},
      STORE_WRITE, replay, 0},
  {"drop", "forget documents; the conversations stay",
        {"gst-voice outbox drop", "DOCUMENT…", "Takes documents out of the "
              "outbox. The conversations stay in the database.",
            NAMED "\nExamples:\n  gst-voice outbox drop 4f1c 7b20\n"},
      STORE_WRITE, drop, 1},
};

static gboolean
parse (const Action * action, Options * options, int *argc, char ***argv)
{
  GOptionEntry all[] = {
    {"db", 'd', 0, G_OPTION_ARG_FILENAME, &options->db, "The database", "FILE"},
    {"state", 's', 0, G_OPTION_ARG_STRING, &options->state,
        "Only these: waiting, delivered or dead", "STATE"},
    {"json", 'j', 0, G_OPTION_ARG_NONE, &options->json, "Print JSON", NULL},
    {"dead", 0, 0, G_OPTION_ARG_NONE, &options->dead,
        "All that could not be delivered", NULL},
    {NULL}
  };
  GOptionEntry some[G_N_ELEMENTS (all)] = { all[0] };
  guint n = 1;

  if (action->act == list)
    some[n++] = all[1];
  if (action->act == list || action->act == show)
    some[n++] = all[2];
  if (action->act == replay)
    some[n++] = all[3];
  return calls_parse (&action->usage, some, argc, argv);
}

static int
check (const Action * action, const Options * options, guint named)
{
  if (action->act == list && named > 0)
    return calls_misused (&action->usage, "no document is named here");
  if (action->act == show && named > 1)
    return calls_misused (&action->usage, "one document at a time");
  if (named < action->min || (action->act == replay && named == 0
          && !options->dead))
    return calls_misused (&action->usage, "which document?%s",
        action->act == replay ? " Or --dead for all that are" : "");
  if (options->state && !g_strv_contains (outbox_states, options->state))
    return calls_misused (&action->usage, "there is no state '%s' (there are "
        "waiting, delivered and dead)", options->state);
  return EXIT_OK;
}

static int
run_action (const Action * action, int argc, char **argv)
{
  Options options = { NULL };
  GError *error = NULL;
  int status = EXIT_USAGE;
  Store *store;

  if (parse (action, &options, &argc, &argv))
    status = check (action, &options, argc - 1);
  if (status == EXIT_OK) {
    store = calls_open (options.db, action->flags, &error);
    status = store ? action->act (store, &options, argv + 1) :
        calls_fail (error);
    g_clear_pointer (&store, store_close);
  }
  g_free (options.db);
  g_free (options.state);
  return status;
}

static int
print_help (void)
{
  GString *out = g_string_new ("Usage: gst-voice outbox VERB [OPTION…]\n\n"
      "Conversations that are to be delivered to a webhook, and those that\n"
      "could not be.\n\nVerbs:\n");

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    g_string_append_printf (out, "  %-8s %s\n", actions[i].name,
        actions[i].summary);
  g_string_append (out, "\n`gst-voice outbox VERB --help` tells more.\n");
  return print_taken (out);
}

static int
no_such_verb (const gchar * name)
{
  static const CallsUsage usage = {.name = "gst-voice outbox" };
  const gchar *names[G_N_ELEMENTS (actions) + 1] = { NULL };
  const gchar *meant;

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    names[i] = actions[i].name;
  meant = gst_voice_json_closest (name, names);
  return calls_misused (&usage, "`outbox` has no verb '%s'%s%s%s", name,
      meant ? "; did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
}

/**
 * verb_outbox:
 * @argc: of the verb
 * @argv: of the verb, its name first
 *
 * Returns: the exit status
 */
int
verb_outbox (int argc, char **argv)
{
  if (argc < 2) {
    print_help ();
    return EXIT_USAGE;
  }
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0)
    return print_help ();
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++) {
    if (strcmp (argv[1], actions[i].name) == 0)
      return run_action (&actions[i], argc - 1, argv + 1);
  }
  return no_such_verb (argv[1]);
}
