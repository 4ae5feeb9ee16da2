/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How well each provider has done lately, as this process knows it: its own
 * calls, and what a snapshot of other processes' says. A service that fails is
 * left alone for a while, longer each time; then one asks it again, and if that
 * one is answered all do.
 *
 * Times are the caller's, in microseconds, of any clock that does not go back;
 * what is written down is relative to now, so that processes need not agree.
 *
 * Threads: any. Locks: `lock` guards everything and is a leaf; the watcher is
 * called without it.
 */
#include "health.h"

#include "json.h"

#include <string.h>

#define MAX_KEYS 64
#define MAX_KEY 200             /* bytes */
#define MAX_SIZE (64 * 1024)    /* of a snapshot */
#define MAX_DEPTH 5
#define N_LATENCIES 64
#define ENOUGH 8                /* latencies to say something by */

/* Of one after the first failure, and the longest. */
#define SHORTEST (2 * G_USEC_PER_SEC)
#define LONGEST (5 * 60 * (gint64) G_USEC_PER_SEC)
/* What does not go away by itself. */
#define SHORTEST_FIRM (60 * (gint64) G_USEC_PER_SEC)
#define LONGEST_FIRM (30 * 60 * (gint64) G_USEC_PER_SEC)
/* A service may ask for more than that, but not for ever. */
#define LONGEST_ASKED (3600 * (gint64) G_USEC_PER_SEC)
/* For so long whoever asks again is waited for. */
#define PROBE (10 * (gint64) G_USEC_PER_SEC)
#define N_CODES (GST_VOICE_ERROR_INTERNAL + 1)

typedef struct
{
  gchar *key;
  guint streak;                 /* failures since the last success */
  gint64 until;                 /* left alone until then */
  gint64 probe;                 /* somebody asks again, until then */
  GstVoiceError code;           /* of the last failure */
  guint64 successes;
  guint64 failures[N_CODES];
  gint64 latencies[N_LATENCIES];
  guint n_latencies;            /* since the beginning */
  guint64 used;                 /* when, in order */
} Entry;

static GMutex lock;
static GHashTable *entries;
static guint64 last_use;
static GstVoiceHealthFunc watcher;
static gpointer watcher_data;

static void
entry_free (Entry * entry)
{
  g_free (entry->key);
  g_free (entry);
}

/* Whoever was not heard of for longest makes room. */
static void
forget_one_locked (void)
{
  Entry *oldest = NULL;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, entries);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (!oldest || ((Entry *) value)->used < oldest->used)
      oldest = value;
  }
  if (oldest)
    g_hash_table_remove (entries, oldest->key);
}

static Entry *
find_locked (const gchar * key)
{
  return entries ? g_hash_table_lookup (entries, key) : NULL;
}

static Entry *
get_locked (const gchar * key)
{
  Entry *entry = find_locked (key);

  if (!entry) {
    if (!entries)
      entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
          (GDestroyNotify) entry_free);
    if (g_hash_table_size (entries) >= MAX_KEYS)
      forget_one_locked ();
    entry = g_new0 (Entry, 1);
    entry->key = g_strdup (key);
    g_hash_table_insert (entries, entry->key, entry);
  }
  entry->used = ++last_use;
  return entry;
}

static gboolean
is_key (const gchar * key)
{
  return key && *key && strlen (key) <= MAX_KEY
      && g_utf8_validate (key, -1, NULL);
}

static gboolean
is_firm (GstVoiceError code)
{
  return code == GST_VOICE_ERROR_AUTH || code == GST_VOICE_ERROR_QUOTA
      || code == GST_VOICE_ERROR_UNSUPPORTED;
}

/* Doubled with each failure, and a fifth more or less, so that not all ask
 * again at once. */
static gint64
cool_down (GstVoiceError code, guint streak, gint64 retry_after)
{
  gint64 shortest = is_firm (code) ? SHORTEST_FIRM : SHORTEST;
  gint64 longest = is_firm (code) ? LONGEST_FIRM : LONGEST;
  gint64 time = MIN (shortest << MIN (streak - 1, 20), longest);

  if (retry_after >= 0)
    return MIN (retry_after, LONGEST_ASKED);
  return time + time * (g_random_double () - .5) * .4;
}

static void
note_latency_locked (Entry * entry, gint64 latency)
{
  if (latency >= 0)
    entry->latencies[entry->n_latencies++ % N_LATENCIES] =
        MIN (latency, LONGEST_ASKED);
}

static void
note_success (const gchar * key, gint64 first_byte)
{
  Entry *entry;

  g_mutex_lock (&lock);
  entry = get_locked (key);
  entry->streak = 0;
  entry->until = entry->probe = 0;
  entry->successes++;
  note_latency_locked (entry, first_byte);
  g_mutex_unlock (&lock);
}

static void
note_failure (const gchar * key, gint64 now, GstVoiceError code,
    gint64 retry_after)
{
  Entry *entry;

  g_mutex_lock (&lock);
  entry = get_locked (key);
  /* Those that were on their way when the first of them failed count as one;
   * otherwise ten calls would double the time ten times. */
  if (now >= entry->until)
    entry->streak = MIN (entry->streak + 1, 1000);
  entry->streak = MAX (entry->streak, 1);
  entry->code = code;
  entry->failures[code]++;
  entry->probe = 0;
  entry->until = MAX (entry->until, now + cool_down (code, entry->streak,
          retry_after));
  g_mutex_unlock (&lock);
}

static void
tell_watcher (const gchar * key, GString * line)
{
  GstVoiceHealthFunc func;
  gpointer data;

  g_mutex_lock (&lock);
  func = watcher;
  data = watcher_data;
  g_mutex_unlock (&lock);
  if (func)
    func (key, line->str, data);
  g_string_free (line, TRUE);
}

static GString *
begin_line (const gchar * key)
{
  GString *line = g_string_new ("{\"type\":\"health\",\"key\":");

  gst_voice_json_append_string (line, key);
  return line;
}

/**
 * gst_voice_health_success:
 * @key: what is one service at one address, such as `stt/deepgram` or
 *   `llm/openai@localhost:8000`
 * @now_us: the time
 * @first_byte_us: how long its answer took to begin, or -1
 *
 * The service has answered.
 */
void
gst_voice_health_success (const gchar * key, gint64 now_us,
    gint64 first_byte_us)
{
  GString *line;

  g_return_if_fail (is_key (key));
  note_success (key, first_byte_us);
  line = begin_line (key);
  g_string_append_printf (line, ",\"first_byte\":%" G_GINT64_FORMAT "}",
      MAX (first_byte_us, -1));
  tell_watcher (key, line);
}

/**
 * gst_voice_health_failure:
 * @key: see gst_voice_health_success()
 * @now_us: the time
 * @code: what has gone wrong; %GST_VOICE_ERROR_CANCELLED is nothing
 * @retry_after_us: when the service wants to be asked again, or -1
 *
 * The service has failed.
 */
void
gst_voice_health_failure (const gchar * key, gint64 now_us,
    GstVoiceError code, gint64 retry_after_us)
{
  GString *line;

  g_return_if_fail (is_key (key) && code < N_CODES);
  if (code == GST_VOICE_ERROR_CANCELLED)
    return;
  note_failure (key, now_us, code, retry_after_us);
  line = begin_line (key);
  g_string_append_printf (line, ",\"code\":\"%s\",\"retry_after\":%"
      G_GINT64_FORMAT "}", gst_voice_error_name (code),
      MAX (retry_after_us, -1));
  tell_watcher (key, line);
}

/**
 * gst_voice_health_cooling:
 * @key: see gst_voice_health_success()
 * @now_us: the time
 *
 * When the time is over the first who asks gets 0 and is to use the service;
 * the others wait for what comes of that.
 *
 * Returns: 0 if the service may be used, or how long it is still left alone
 */
gint64
gst_voice_health_cooling (const gchar * key, gint64 now_us)
{
  gint64 left = 0;
  Entry *entry;

  g_mutex_lock (&lock);
  entry = find_locked (key);
  if (entry && entry->streak > 0) {
    left = MAX (entry->until, entry->probe) - now_us;
    if (left <= 0)
      entry->probe = now_us + PROBE;
  }
  g_mutex_unlock (&lock);
  return MAX (left, 0);
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

static gint64
latency_locked (const Entry * entry, gdouble quantile)
{
  guint n = MIN (entry->n_latencies, N_LATENCIES);
  gint64 sorted[N_LATENCIES];

  if (n < ENOUGH)
    return -1;
  memcpy (sorted, entry->latencies, n * sizeof *sorted);
  qsort (sorted, n, sizeof *sorted, compare_times);
  return sorted[(guint) (CLAMP (quantile, 0, 1) * (n - 1) + .5)];
}

/**
 * gst_voice_health_latency:
 * @key: see gst_voice_health_success()
 * @quantile: 0 to 1
 *
 * Returns: how long answers took to begin, lately; -1 if too few are known
 */
gint64
gst_voice_health_latency (const gchar * key, gdouble quantile)
{
  gint64 latency = -1;
  Entry *entry;

  g_mutex_lock (&lock);
  entry = find_locked (key);
  if (entry)
    latency = latency_locked (entry, quantile);
  g_mutex_unlock (&lock);
  return latency;
}

static void
dump_failures (GString * out, const Entry * entry)
{
  gboolean any = FALSE;

  g_string_append (out, ",\"failures\":{");
  for (guint i = 0; i < N_CODES; i++) {
    if (entry->failures[i] == 0)
      continue;
    g_string_append_printf (out, "%s\"%s\":%" G_GUINT64_FORMAT, any ? "," : "",
        gst_voice_error_name (i), entry->failures[i]);
    any = TRUE;
  }
  g_string_append_c (out, '}');
}

/* For so long others leave it alone. */
static gint64
left_locked (const Entry * entry, gint64 now)
{
  return entry->streak ? MAX (MAX (entry->until, entry->probe) - now, 0) : 0;
}

static void
dump_entry (GString * out, const Entry * entry, gint64 now)
{
  guint n = MIN (entry->n_latencies, N_LATENCIES);

  gst_voice_json_append_string (out, entry->key);
  g_string_append_printf (out, ":{\"streak\":%u,\"cooling\":%" G_GINT64_FORMAT
      ",\"code\":\"%s\",\"successes\":%" G_GUINT64_FORMAT, entry->streak,
      left_locked (entry, now), entry->streak ?
      gst_voice_error_name (entry->code) : "", entry->successes);
  dump_failures (out, entry);
  g_string_append_printf (out, ",\"p50\":%" G_GINT64_FORMAT ",\"p95\":%"
      G_GINT64_FORMAT ",\"first_byte\":[", latency_locked (entry, .5),
      latency_locked (entry, .95));
  for (guint i = 0; i < n; i++)
    g_string_append_printf (out, "%s%" G_GINT64_FORMAT, i ? "," : "",
        entry->latencies[i]);
  g_string_append (out, "]}");
}

static gint
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

static gchar *
dump (gint64 now, gboolean hand_over)
{
  GString *out = g_string_new ("{");
  GList *keys;

  g_mutex_lock (&lock);
  keys = entries ? g_list_sort (g_hash_table_get_keys (entries),
      compare_keys) : NULL;
  for (GList * l = keys; l; l = l->next) {
    Entry *entry = find_locked (l->data);

    if (l != keys)
      g_string_append_c (out, ',');
    dump_entry (out, entry, now);
    if (hand_over && entry->streak && left_locked (entry, now) == 0)
      entry->probe = now + PROBE;
  }
  g_mutex_unlock (&lock);
  g_list_free (keys);
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

/**
 * gst_voice_health_dump:
 * @now_us: the time
 *
 * An object of keys; times are in microseconds. `cooling` is how long the
 * service is still left alone, `first_byte` the latencies known of.
 *
 * Returns: (transfer full): all that is known, JSON
 */
gchar *
gst_voice_health_dump (gint64 now_us)
{
  return dump (now_us, FALSE);
}

/**
 * gst_voice_health_hand_over:
 * @now_us: the time
 *
 * gst_voice_health_dump() for another process, which is to use what it says: a
 * service whose time is over is free only there, until it is known what came of
 * that, as gst_voice_health_cooling() does it within a process.
 *
 * Returns: (transfer full): all that is known, JSON
 */
gchar *
gst_voice_health_hand_over (gint64 now_us)
{
  return dump (now_us, TRUE);
}

static gint64
read_number (JsonObject * object, const gchar * name, gint64 none)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_INT64 ?
      json_node_get_int (node) : none;
}

static const gchar *
read_text (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : NULL;
}

static void
load_failures_locked (Entry * entry, JsonObject * object)
{
  JsonNode *node = json_object_get_member (object, "failures");

  if (!node || !JSON_NODE_HOLDS_OBJECT (node))
    return;
  for (guint i = 0; i < N_CODES; i++)
    entry->failures[i] = MAX (0, read_number (json_node_get_object (node),
            gst_voice_error_name (i), 0));
}

static void
load_latencies_locked (Entry * entry, JsonObject * object)
{
  JsonNode *node = json_object_get_member (object, "first_byte");
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY (node) ?
      json_node_get_array (node) : NULL;
  guint n = array ? MIN (json_array_get_length (array), N_LATENCIES) : 0;

  entry->n_latencies = 0;
  for (guint i = 0; i < n; i++) {
    JsonNode *item = json_array_get_element (array, i);

    if (JSON_NODE_HOLDS_VALUE (item)
        && json_node_get_value_type (item) == G_TYPE_INT64)
      note_latency_locked (entry, json_node_get_int (item));
  }
}

static void
load_entry_locked (const gchar * key, JsonObject * object, gint64 now)
{
  Entry *entry = get_locked (key);
  const gchar *code = read_text (object, "code");

  entry->streak = CLAMP (read_number (object, "streak", 0), 0, 1000);
  entry->until = now + CLAMP (read_number (object, "cooling", 0), 0,
      LONGEST_ASKED);
  entry->probe = 0;
  entry->successes = MAX (0, read_number (object, "successes", 0));
  if (!code || !gst_voice_error_from_name (code, &entry->code))
    entry->code = GST_VOICE_ERROR_INTERNAL;
  load_failures_locked (entry, object);
  load_latencies_locked (entry, object);
}

/* (transfer full) */
static JsonNode *
read_object (const gchar * json)
{
  JsonNode *node = json ? gst_voice_json_parse (json, -1, MAX_SIZE, MAX_DEPTH,
      NULL) : NULL;

  if (node && !JSON_NODE_HOLDS_OBJECT (node))
    g_clear_pointer (&node, json_node_unref);
  return node;
}

/**
 * gst_voice_health_load:
 * @json: (nullable): what gst_voice_health_dump() wrote, here or elsewhere
 * @now_us: the time
 *
 * Takes the place of what is known of its keys. What is no snapshot is refused;
 * members of it that cannot be understood are passed over.
 *
 * Returns: whether it was one
 */
gboolean
gst_voice_health_load (const gchar * json, gint64 now_us)
{
  JsonNode *node = read_object (json);
  JsonObjectIter iter;
  const gchar *key;
  JsonNode *value;
  guint n = 0;

  if (!node)
    return FALSE;
  g_mutex_lock (&lock);
  json_object_iter_init (&iter, json_node_get_object (node));
  while (n < MAX_KEYS && json_object_iter_next (&iter, &key, &value)) {
    if (!is_key (key) || !JSON_NODE_HOLDS_OBJECT (value))
      continue;
    load_entry_locked (key, json_node_get_object (value), now_us);
    n++;
  }
  g_mutex_unlock (&lock);
  json_node_unref (node);
  return TRUE;
}

/**
 * gst_voice_health_merge:
 * @json_line: what a watcher was given, here or elsewhere
 * @now_us: the time
 *
 * Notes what another process has noted; its watcher is not told.
 *
 * Returns: whether it could be understood
 */
gboolean
gst_voice_health_merge (const gchar * json_line, gint64 now_us)
{
  JsonNode *node = read_object (json_line);
  JsonObject *object = node ? json_node_get_object (node) : NULL;
  const gchar *key = object ? read_text (object, "key") : NULL;
  const gchar *name = key ? read_text (object, "code") : NULL;
  GstVoiceError code = GST_VOICE_ERROR_CANCELLED;
  gboolean ok = is_key (key) && (!name || gst_voice_error_from_name (name,
          &code));

  if (ok && !name)
    note_success (key, read_number (object, "first_byte", -1));
  else if (ok && code != GST_VOICE_ERROR_CANCELLED)
    note_failure (key, now_us, code, read_number (object, "retry_after", -1));
  g_clear_pointer (&node, json_node_unref);
  return ok;
}

/**
 * gst_voice_health_watch:
 * @func: (nullable): is told of what is noted here, instead of whoever was
 * @data: for @func
 */
void
gst_voice_health_watch (GstVoiceHealthFunc func, gpointer data)
{
  g_mutex_lock (&lock);
  watcher = func;
  watcher_data = data;
  g_mutex_unlock (&lock);
}

/**
 * gst_voice_health_clear:
 *
 * Forgets everything.
 */
void
gst_voice_health_clear (void)
{
  g_mutex_lock (&lock);
  g_clear_pointer (&entries, g_hash_table_unref);
  g_mutex_unlock (&lock);
}
