/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From an offer to a record in the database: an order for the zygote, the
 * answer and the events that the call's process reports, its end.
 *
 * What a call has told is kept, up to a bound, until a while after its end, so
 * that whoever watches may come late or come again.
 *
 * Threads: that of the main context. Locks: none.
 */
#include "serve-calls.h"

#include "call-report.h"
#include "json-writer.h"
#include "serve-guard.h"

#include <gst-voice/health.h>
#include <rtc-description.h>
#include <string.h>

#define ANSWER_SECONDS 15
#define LINGER_SECONDS 30
/* Between two calls, but for the first ones. */
#define OFFERS_BURST 10
#define OFFERS_PER_SECOND 1.0
/* Of what is kept of a call for those who watch. */
#define MAX_LINES 4000
#define MAX_BYTES (2 * 1024 * 1024)
#define MAX_HEALTH (32 * 1024)
/* Seconds that a tool is waited for, whatever the call says. */
#define MAX_WAITING 30

typedef struct
{
  guint id;
  ServeWatchFunc func;          /* NULL: it is over for this one */
  gpointer data;
} Watcher;

struct _ServeCall
{
  ServeCalls *calls;
  gchar *id, *key;
  ServeAnswerFunc answer;       /* until it is there */
  gpointer answer_data;
  guint timer;                  /* the answer's, later that of the end */
  GQueue lines;                 /* of gchar * */
  gsize bytes;
  guint64 n_lines;              /* the number of the last one */
  GList *watchers;              /* of Watcher */
  gchar *reason;                /* why it has ended */
  gchar *fault;                 /* the last one */
  gint64 begun;
  gboolean failed, over;
};

struct _ServeCalls
{
  const ServeSettings *settings;
  Zygote *zygote;
  WorkerRecords *records;
  GHashTable *by_id, *by_key;   /* the latter owns */
  gchar **names;                /* of the personas */
  guint n_running;
  guint last_watch;
  ServeBucket bucket;
};

G_DEFINE_QUARK (gst - voice - serve - error, serve_error);

static void
call_free (gpointer data)
{
  ServeCall *call = data;

  g_clear_handle_id (&call->timer, g_source_remove);
  g_queue_clear_full (&call->lines, g_free);
  g_list_free_full (call->watchers, g_free);
  g_free (call->id);
  g_free (call->key);
  g_free (call->reason);
  g_free (call->fault);
  g_free (call);
}

static void
tell_answer (ServeCall * call, const gchar * sdp, const gchar * failure)
{
  ServeAnswerFunc answer = call->answer;
  GError *error = NULL;

  call->answer = NULL;
  g_clear_handle_id (&call->timer, g_source_remove);
  if (!answer)
    return;
  if (failure)
    error = g_error_new (SERVE_ERROR, SERVE_FAILED, "%s", failure);
  answer (call->answer_data, call->key, sdp, error);
  g_clear_error (&error);
}

/* Whoever is told may stop watching, or another one. */
static void
tell_watchers (ServeCall * call, guint64 number, const gchar * line)
{
  GList *l = call->watchers;

  while (l) {
    Watcher *watcher = l->data;

    l = l->next;
    if (watcher->func)
      watcher->func (watcher->data, number, line);
  }
}

static void
clean_watchers (ServeCall * call)
{
  GList *l = call->watchers, *next;

  for (; l; l = next) {
    next = l->next;
    if (!((Watcher *) l->data)->func) {
      g_free (l->data);
      call->watchers = g_list_delete_link (call->watchers, l);
    }
  }
}

static void
add_line (ServeCall * call, const gchar * line)
{
  g_queue_push_tail (&call->lines, g_strdup (line));
  call->bytes += strlen (line);
  call->n_lines++;
  while (call->lines.length > MAX_LINES || call->bytes > MAX_BYTES) {
    gchar *oldest = g_queue_pop_head (&call->lines);

    call->bytes -= strlen (oldest);
    g_free (oldest);
  }
  tell_watchers (call, call->n_lines, line);
  clean_watchers (call);
}

static const gchar *
get_text (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : NULL;
}

static void
take_text (gchar ** where, JsonObject * object, const gchar * name)
{
  const gchar *text = get_text (object, name);

  if (!text)
    return;
  g_free (*where);
  *where = g_strdup (text);
}

static void
take_fault (ServeCall * call, JsonObject * report)
{
  take_text (&call->fault, report, "text");
  call->failed |= json_object_get_boolean_member_with_default (report,
      "fatal", FALSE);
  log_event (LOG_LEVEL_WARNING, call->id, "a fault", "what",
      call->fault ? call->fault : "", NULL);
}

static void
take_report (ServeCall * call, const gchar * type, JsonObject * report)
{
  ServeCalls *calls = call->calls;

  if (strcmp (type, CALL_REPORT_ANSWER) == 0 && get_text (report, "sdp"))
    tell_answer (call, get_text (report, "sdp"), NULL);
  else if (strcmp (type, CALL_REPORT_EVENT) == 0 && get_text (report, "line"))
    add_line (call, get_text (report, "line"));
  else if (strcmp (type, CALL_REPORT_FAULT) == 0)
    take_fault (call, report);
  else if (strcmp (type, CALL_REPORT_HEALTH) == 0 && get_text (report, "note"))
    gst_voice_health_merge (get_text (report, "note"), g_get_monotonic_time ());
  else if (strcmp (type, CALL_REPORT_WAITING) == 0)
    zygote_extend (calls->zygote, call->id, MAX_WAITING + ZYGOTE_GRACE);
  else if (strcmp (type, CALL_REPORT_ENDED) == 0)
    take_text (&call->reason, report, "reason");
}

static void
on_report (gpointer data, const gchar * call_id, const gchar * type,
    JsonObject * report)
{
  ServeCall *call = g_hash_table_lookup (((ServeCalls *) data)->by_id, call_id);

  if (call)
    take_report (call, type, report);
}

static gboolean
forget_call (gpointer data)
{
  ServeCall *call = data;

  call->timer = 0;
  g_hash_table_remove (call->calls->by_key, call->key);
  return G_SOURCE_REMOVE;
}

static void
add_end (ServeCall * call, const gchar * reason)
{
  JsonWriter json = {.out = g_string_new (NULL) };

  json_writer_begin (&json, NULL, '{');
  json_writer_string (&json, "type", "call-ended");
  json_writer_string (&json, "reason", reason);
  if (call->fault)
    json_writer_string (&json, "fault", call->fault);
  json_writer_end (&json, '}');
  add_line (call, json.out->str);
  g_string_free (json.out, TRUE);
}

static void
on_ended (gpointer data, const gchar * call_id, const ZygoteEnd * end)
{
  ServeCalls *calls = data;
  ServeCall *call = g_hash_table_lookup (calls->by_id, call_id);
  const gchar *reason;
  gchar *seconds;

  if (!call)
    return;
  reason = call->reason ? call->reason : end->clean ? "disconnected" :
      "crashed";
  seconds = g_strdup_printf ("%.1f", (g_get_monotonic_time () - call->begun)
      / (gdouble) G_USEC_PER_SEC);
  log_event (LOG_LEVEL_INFO, call->id, "the call is over", "reason", reason,
      "seconds", seconds, NULL);
  g_free (seconds);
  g_hash_table_remove (calls->by_id, call_id);
  calls->n_running--;
  call->over = TRUE;
  tell_answer (call, NULL, call->fault ? call->fault : "the call has ended");
  worker_records_deliver (calls->records, call->id);
  add_end (call, reason);
  tell_watchers (call, 0, NULL);
  g_list_free_full (g_steal_pointer (&call->watchers), g_free);
  call->timer = g_timeout_add_seconds (LINGER_SECONDS, forget_call, call);
}

static void
on_died (gpointer data, const GError * error)
{
  log_event (LOG_LEVEL_ERROR, NULL, "the zygote has died", "then",
      error ? error->message : "another one starts", NULL);
}

static gboolean
lose_patience (gpointer data)
{
  ServeCall *call = data;

  call->timer = 0;
  tell_answer (call, NULL, "the call took too long to begin");
  zygote_end (call->calls->zygote, call->id, ZYGOTE_GRACE);
  return G_SOURCE_REMOVE;
}

static gchar *
name_of (const gchar * path)
{
  gchar *name = g_path_get_basename (path);

  if (g_str_has_suffix (name, ".json"))
    name[strlen (name) - strlen (".json")] = '\0';
  return name;
}

/**
 * serve_calls_new:
 * @settings: they must stay
 * @zygote: where processes come from
 * @records: where journals go
 *
 * Returns: (transfer full): no calls
 */
ServeCalls *
serve_calls_new (const ServeSettings * settings, Zygote * zygote,
    WorkerRecords * records)
{
  static const ZygoteEvents events = {.report = on_report,.ended = on_ended,
    .died = on_died
  };
  ServeCalls *calls = g_new0 (ServeCalls, 1);
  guint n = g_strv_length (settings->personas);

  calls->settings = settings;
  calls->zygote = zygote;
  calls->records = records;
  calls->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  calls->by_key = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      call_free);
  calls->names = g_new0 (gchar *, n + 1);
  for (guint i = 0; i < n; i++)
    calls->names[i] = name_of (settings->personas[i]);
  zygote_attach (zygote, NULL, &events, calls);
  return calls;
}

/**
 * serve_calls_free:
 * @calls: (transfer full) (nullable): after zygote_stop()
 */
void
serve_calls_free (ServeCalls * calls)
{
  if (!calls)
    return;
  g_hash_table_unref (calls->by_id);
  g_hash_table_unref (calls->by_key);
  g_strfreev (calls->names);
  g_free (calls);
}

static const gchar *
find_persona (ServeCalls * calls, const gchar * name, GError ** error)
{
  for (guint i = 0; calls->names[i]; i++) {
    if (!name || strcmp (calls->names[i], name) == 0)
      return calls->settings->personas[i];
  }
  g_set_error_literal (error, SERVE_ERROR, SERVE_NO_PERSONA,
      "there is no such persona");
  return NULL;
}

/* Here, so that nonsense costs no process. */
static gboolean
check_offer (const gchar * offer, GError ** error)
{
  RtcDescription *description = rtc_description_parse (offer, NULL);
  const RtcSection *audio = description ?
      rtc_description_find_listener (description) : NULL;
  gboolean good = audio && audio->sends && description->carrier;

  if (!good)
    g_set_error_literal (error, SERVE_ERROR, SERVE_BAD_OFFER, description ?
        "the offer has no audio that is sent and received as Opus, or no "
        "way to it" : "this is no session description");
  rtc_description_free (description);
  return good;
}

static gboolean
may_begin (ServeCalls * calls, GError ** error)
{
  if (!serve_bucket_take (&calls->bucket, OFFERS_BURST, OFFERS_PER_SECOND,
          g_get_monotonic_time ()))
    g_set_error_literal (error, SERVE_ERROR, SERVE_TOO_FAST,
        "too many calls in a short time; try again in some seconds");
  else if (calls->n_running >= calls->settings->max_calls)
    g_set_error_literal (error, SERVE_ERROR, SERVE_TOO_MANY,
        "all lines are busy; try again later");
  else
    return TRUE;
  return FALSE;
}

static gboolean
give_order (ServeCalls * calls, const ServeCall * call, const gchar * persona,
    const gchar * offer, GError ** error)
{
  const ServeSettings *settings = calls->settings;
  CallOrder order = {.call_id = call->id,
    .journal_dir = (gchar *) worker_records_dir (calls->records),
    .offer = (gchar *) offer,.persona = (gchar *) persona,
    .stun_server = settings->stun_server,.min_port = settings->min_port,
    .max_port = settings->max_port,.loopback = settings->loopback
  };
  gboolean ok;

  order.health = gst_voice_health_dump (g_get_monotonic_time ());
  if (strlen (order.health) > MAX_HEALTH)
    g_clear_pointer (&order.health, g_free);
  ok = zygote_call (calls->zygote, &order, error);
  g_free (order.health);
  return ok;
}

static ServeCall *
call_new (ServeCalls * calls, GError ** error)
{
  ServeCall *call = g_new0 (ServeCall, 1);

  call->calls = calls;
  call->id = g_uuid_string_random ();
  call->key = serve_guard_secret ();
  call->begun = g_get_monotonic_time ();
  g_queue_init (&call->lines);
  if (call->key)
    return call;
  g_set_error_literal (error, SERVE_ERROR, SERVE_FAILED,
      "the machine has no randomness");
  call_free (call);
  return NULL;
}

/**
 * serve_calls_begin:
 * @calls: those that run
 * @persona: (nullable): the name of one; else the first
 * @offer: of a browser
 * @answer: called once, later
 * @data: for @answer
 * @error: why there is no call
 *
 * Returns: whether a call begins
 */
gboolean
serve_calls_begin (ServeCalls * calls, const gchar * persona,
    const gchar * offer, ServeAnswerFunc answer, gpointer data, GError ** error)
{
  const gchar *path = find_persona (calls, persona, error);
  ServeCall *call;

  if (!path || !check_offer (offer, error) || !may_begin (calls, error))
    return FALSE;
  call = call_new (calls, error);
  if (!call)
    return FALSE;
  if (!give_order (calls, call, path, offer, error)) {
    call_free (call);
    return FALSE;
  }
  call->answer = answer;
  call->answer_data = data;
  call->timer = g_timeout_add_seconds (ANSWER_SECONDS, lose_patience, call);
  g_hash_table_insert (calls->by_key, call->key, call);
  g_hash_table_insert (calls->by_id, call->id, call);
  calls->n_running++;
  log_event (LOG_LEVEL_INFO, call->id, "a call begins", "persona", path, NULL);
  return TRUE;
}

/**
 * serve_calls_forget:
 * @calls: those that run
 * @data: of serve_calls_begin(); its function is not called any more, and the
 *   call ends
 */
void
serve_calls_forget (ServeCalls * calls, gpointer data)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, calls->by_key);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    ServeCall *call = value;

    if (call->answer && call->answer_data == data) {
      call->answer = NULL;
      serve_call_leave (call);
    }
  }
}

/**
 * serve_calls_end_all:
 * @calls: those that are to hang up
 */
void
serve_calls_end_all (ServeCalls * calls)
{
  GHashTableIter iter;
  gpointer call;

  g_hash_table_iter_init (&iter, calls->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &call))
    zygote_end (calls->zygote, ((ServeCall *) call)->id, ZYGOTE_GRACE);
}

/**
 * serve_calls_count:
 * @calls: those that run
 *
 * Returns: how many
 */
guint
serve_calls_count (const ServeCalls * calls)
{
  return calls->n_running;
}

/**
 * serve_calls_personas:
 * @calls: of some personas
 *
 * Returns: (transfer full): their names, JSON
 */
gchar *
serve_calls_personas (const ServeCalls * calls)
{
  JsonWriter json = {.out = g_string_new (NULL) };

  json_writer_begin (&json, NULL, '[');
  for (guint i = 0; calls->names[i]; i++)
    json_writer_string (&json, NULL, calls->names[i]);
  json_writer_end (&json, ']');
  return g_string_free (json.out, FALSE);
}

/**
 * serve_calls_find:
 * @calls: those that run, or have ended lately
 * @key: of one
 *
 * Returns: (transfer none) (nullable): the call
 */
ServeCall *
serve_calls_find (ServeCalls * calls, const gchar * key)
{
  return g_hash_table_lookup (calls->by_key, key);
}

/**
 * serve_call_is_over:
 * @call: a call
 *
 * Returns: whether it has ended
 */
gboolean
serve_call_is_over (const ServeCall * call)
{
  return call->over;
}

/**
 * serve_call_watchers:
 * @call: a call
 *
 * Returns: how many watch it
 */
guint
serve_call_watchers (const ServeCall * call)
{
  guint n = 0;

  for (GList * l = call->watchers; l; l = l->next)
    n += ((Watcher *) l->data)->func != NULL;
  return n;
}

/**
 * serve_call_type:
 * @call: a call
 * @text: a line that the caller has written
 */
void
serve_call_type (ServeCall * call, const gchar * text)
{
  if (!call->over)
    zygote_tell (call->calls->zygote, call->id, CALL_TYPE, text);
}

/**
 * serve_call_leave:
 * @call: a call whose caller has left
 */
void
serve_call_leave (ServeCall * call)
{
  if (!call->over)
    zygote_tell (call->calls->zygote, call->id, CALL_LEAVE, NULL);
}

/* The lines after @after that there are, and the end. */
static void
catch_up (ServeCall * call, guint64 after, ServeWatchFunc func, gpointer data)
{
  guint64 number = call->n_lines - call->lines.length;

  for (GList * l = call->lines.head; l; l = l->next) {
    if (++number > after)
      func (data, number, l->data);
  }
  if (call->over)
    func (data, 0, NULL);
}

/**
 * serve_call_watch:
 * @call: a call that less than %SERVE_MAX_WATCHERS watch
 * @after: the number of the last line that is known
 * @func: called for each line after it, at first from within this; it must not
 *   call serve_calls_unwatch() then
 * @data: for @func
 *
 * Returns: for serve_calls_unwatch(); 0 if the call is over, and all was told
 */
guint
serve_call_watch (ServeCall * call, guint64 after, ServeWatchFunc func,
    gpointer data)
{
  Watcher *watcher;

  catch_up (call, after, func, data);
  if (call->over)
    return 0;
  watcher = g_new (Watcher, 1);
  watcher->id = ++call->calls->last_watch;
  watcher->func = func;
  watcher->data = data;
  call->watchers = g_list_append (call->watchers, watcher);
  return watcher->id;
}

/**
 * serve_calls_unwatch:
 * @calls: those that run
 * @watch: what serve_call_watch() returned
 */
void
serve_calls_unwatch (ServeCalls * calls, guint watch)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, calls->by_key);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    for (GList * l = ((ServeCall *) value)->watchers; l; l = l->next) {
      Watcher *watcher = l->data;

      if (watcher->id == watch)
        watcher->func = NULL;
    }
  }
}
