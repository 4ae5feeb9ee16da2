/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The session of a call, and how elements come by it.
 *
 * Threads: any.
 * Locks: `obtain_lock` (one in the process) around the search for a session,
 * so that two elements that start at once do not make two; messages are posted
 * with it held, since asking for a context is a message. `lock` guards the
 * session and is below it; lines of the journal are written with `lock` held,
 * so that they are in the order of their numbers. The chat has its own lock.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "session.h"

#include "clock.h"
#include "events.h"
#include "journal.h"

#include <string.h>

GST_DEBUG_CATEGORY_STATIC (session_debug);
#define GST_CAT_DEFAULT session_debug

#define TIMES_KEPT 8

struct _GstVoiceSession
{
  GObject parent;

  /* set once in gst_voice_session_new() */
  gchar *call_id;
  gint64 born;                  /* wall time in microseconds */
  GstVoiceChat *chat;           /* has its own lock */

  /* atomic */
  guint generation;
  guint speech;
  gint journal_failed;

  /* lock */
  GMutex lock;
  GCond cond;                   /* `ended` has become true */
  guint terms;                  /* how often these have changed */
  GHashTable *variables;
  GstVoicePersona *persona;
  GstVoiceJournal *journal;     /* set once, before the session starts */
  gboolean started, ending, ended;
  guint holds;                  /* how many things still run */
  GstElement *end_element;      /* who reports the end, while it waits */
  gchar *end_reason;
  GstClockTime end_at;
  guint lines;
  GstVoiceUsage usage;
  GstVoiceTurnTimes times[TIMES_KEPT];  /* of the latest turns, by number */
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceSession, gst_voice_session,
    G_TYPE_OBJECT, GST_DEBUG_CATEGORY_INIT (session_debug, "voice-session", 0,
        "session of a call"));

static GMutex obtain_lock;

static void
session_finalize (GObject * object)
{
  GstVoiceSession *self = GST_VOICE_SESSION (object);

  g_clear_pointer (&self->journal, gst_voice_journal_free);
  g_clear_pointer (&self->persona, gst_voice_persona_unref);
  g_hash_table_unref (self->variables);
  gst_voice_chat_free (self->chat);
  gst_clear_object (&self->end_element);
  g_free (self->end_reason);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  g_free (self->call_id);
  G_OBJECT_CLASS (gst_voice_session_parent_class)->finalize (object);
}

static void
gst_voice_session_class_init (GstVoiceSessionClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = session_finalize;
}

static void
gst_voice_session_init (GstVoiceSession * self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->born = g_get_real_time ();
  self->chat = gst_voice_chat_new ();
  self->variables = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
}

/**
 * gst_voice_session_new:
 * @call_id: (nullable): a unique name of the call; %NULL makes a random one
 *
 * Returns: (transfer full): a session that has not started
 */
GstVoiceSession *
gst_voice_session_new (const gchar * call_id)
{
  GstVoiceSession *self = g_object_new (GST_TYPE_VOICE_SESSION, NULL);

  self->call_id = call_id ? g_strdup (call_id) : g_uuid_string_random ();
  return self;
}

/**
 * gst_voice_session_to_context:
 * @session: a session
 *
 * The context is not persistent: with the state NULL elements forget it, and
 * the next start is another call.
 *
 * Returns: (transfer full): a context that holds the session
 */
GstContext *
gst_voice_session_to_context (GstVoiceSession * session)
{
  GstContext *context = gst_context_new (GST_VOICE_SESSION_CONTEXT, FALSE);

  gst_structure_set (gst_context_writable_structure (context), "session",
      GST_TYPE_VOICE_SESSION, session, NULL);
  return context;
}

/**
 * gst_voice_session_from_context:
 * @context: a context of any type
 *
 * Returns: (transfer full) (nullable): the session in it
 */
GstVoiceSession *
gst_voice_session_from_context (GstContext * context)
{
  GstVoiceSession *session = NULL;

  if (gst_context_has_context_type (context, GST_VOICE_SESSION_CONTEXT))
    gst_structure_get (gst_context_get_structure (context), "session",
        GST_TYPE_VOICE_SESSION, &session, NULL);
  return session;
}

static GstVoiceSession *
session_in_element (GstElement * element)
{
  GstContext *context = gst_element_get_context (element,
      GST_VOICE_SESSION_CONTEXT);
  GstVoiceSession *session;

  if (!context)
    return NULL;
  session = gst_voice_session_from_context (context);
  gst_context_unref (context);
  return session;
}

/**
 * gst_voice_session_obtain:
 * @element: who asks, in NULL→READY and with no lock held
 *
 * Neighbours are not asked by a query, since that would find the session of
 * another `voiceagent` in the same pipeline; bins and the application are.
 *
 * Returns: (transfer full): the session of the call
 */
GstVoiceSession *
gst_voice_session_obtain (GstElement * element)
{
  GstVoiceSession *session;
  GstContext *context;

  g_mutex_lock (&obtain_lock);
  session = session_in_element (element);
  if (!session) {
    gst_element_post_message (element,
        gst_message_new_need_context (GST_OBJECT (element),
            GST_VOICE_SESSION_CONTEXT));
    session = session_in_element (element);
  }
  if (!session) {
    session = gst_voice_session_new (NULL);
    GST_INFO_OBJECT (element, "made session %s", session->call_id);
    context = gst_voice_session_to_context (session);
    gst_element_set_context (element, context);
    gst_element_post_message (element,
        gst_message_new_have_context (GST_OBJECT (element), context));
  }
  g_mutex_unlock (&obtain_lock);
  return session;
}

/**
 * gst_voice_session_call_id:
 * @session: a session
 *
 * Returns: (transfer none): the unique name of the call
 */
const gchar *
gst_voice_session_call_id (GstVoiceSession * session)
{
  return session->call_id;
}

/**
 * gst_voice_session_chat:
 * @session: a session
 *
 * Returns: (transfer none): the conversation
 */
GstVoiceChat *
gst_voice_session_chat (GstVoiceSession * session)
{
  return session->chat;
}

/**
 * gst_voice_session_open_journal:
 * @session: a session that has not started
 * @path: a file that does not exist
 * @error: where to say why it cannot be made
 *
 * Returns: whether the journal is kept there from now on
 */
gboolean
gst_voice_session_open_journal (GstVoiceSession * session, const gchar * path,
    GError ** error)
{
  GstVoiceJournal *journal = gst_voice_journal_new (path, error);

  if (!journal)
    return FALSE;
  g_mutex_lock (&session->lock);
  g_warn_if_fail (!session->journal && !session->started);
  session->journal = journal;
  g_mutex_unlock (&session->lock);
  return TRUE;
}

/**
 * gst_voice_session_generation:
 * @session: a session
 *
 * For a stage that starts late and must know what to drop; never for stamping
 * what it makes.
 *
 * Returns: what is older than this is dropped
 */
guint
gst_voice_session_generation (GstVoiceSession * session)
{
  return g_atomic_int_get (&session->generation);
}

/**
 * gst_voice_session_interrupt:
 * @session: a session
 *
 * Called by `turn` alone, which then pushes `voice/interrupt`.
 *
 * Returns: the new generation
 */
guint
gst_voice_session_interrupt (GstVoiceSession * session)
{
  return g_atomic_int_add (&session->generation, 1) + 1;
}

/**
 * gst_voice_session_next_speech:
 * @session: a session
 *
 * Returns: the number of a new speech, from 1
 */
guint
gst_voice_session_next_speech (GstVoiceSession * session)
{
  return g_atomic_int_add (&session->speech, 1) + 1;
}

/* Simulated calls take their wall time from the pipeline's clock, so that two
 * runs see the same dates. */
static gint64
wall_at (GstVoiceSession * self, GstElement * element, GstClockTime at)
{
  GstClock *clock = gst_element_get_clock (element);
  gint64 wall = g_get_real_time ();

  if (clock && GST_IS_VOICE_CLOCK (clock))
    wall = self->born + (GST_CLOCK_TIME_IS_VALID (at) ? at / GST_USECOND : 0);
  gst_clear_object (&clock);
  return wall;
}

/* One line with the next number. FALSE if it is not safe. */
static gboolean
append_locked (GstVoiceSession * self, const GstStructure * structure,
    GstClockTime at, gint64 wall, GError ** error)
{
  gboolean ok = TRUE;
  gchar *line;

  self->lines++;
  if (self->journal) {
    line = gst_voice_journal_line (structure, self->lines, at, wall);
    ok = gst_voice_journal_append (self->journal, line, error);
    g_free (line);
  }
  return ok;
}

static const gchar *
variable_locked (GstVoiceSession * self, const gchar * name)
{
  const gchar *value = g_hash_table_lookup (self->variables, name);

  return value ? value : "";
}

static GstStructure *
started_locked (GstVoiceSession * self, GstElement * element)
{
  GstClock *clock = gst_element_get_clock (element);
  GstStructure *structure = gst_voice_structure_new ("session-started",
      "call-id", self->call_id,
      "persona", variable_locked (self, "persona"),
      "caller", variable_locked (self, "caller"),
      "called", variable_locked (self, "called"),
      "time-zone", variable_locked (self, "time_zone"),
      "version", VERSION,
      "simulated", clock && GST_IS_VOICE_CLOCK (clock), NULL);

  gst_clear_object (&clock);
  return structure;
}

static gint
compare_text (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar * const *) a, *(const gchar * const *) b);
}

/* The first lines: what the call is, and the variables that it begins with. */
static GPtrArray *
begin_locked (GstVoiceSession * self, GstElement * element, GstClockTime at,
    gint64 wall)
{
  static const gchar *const told[] = { "persona", "caller", "called",
    "time_zone", NULL
  };
  GPtrArray *lines = g_ptr_array_new ();
  guint n = 0;
  gchar **names = (gchar **) g_hash_table_get_keys_as_array (self->variables,
      &n);

  self->started = TRUE;
  g_ptr_array_add (lines, started_locked (self, element));
  qsort (names, n, sizeof *names, compare_text);
  for (guint i = 0; i < n; i++) {
    if (!g_strv_contains (told, names[i]))
      g_ptr_array_add (lines, gst_voice_structure_new ("variable", "name",
              names[i], "value", variable_locked (self, names[i]), NULL));
  }
  for (guint i = 0; i < lines->len; i++)
    append_locked (self, lines->pdata[i], at, wall, NULL);
  g_free (names);
  return lines;
}

static void
count_locked (GstVoiceSession * self, const GstStructure * s)
{
  GstVoiceUsage *usage = &self->usage;

  if (gst_structure_has_name (s, "voice/usage")) {
    usage->tokens_in += gst_voice_structure_uint (s, "tokens-in");
    usage->tokens_out += gst_voice_structure_uint (s, "tokens-out");
    usage->characters += gst_voice_structure_uint (s, "characters");
    if (gst_voice_structure_uint (s, "characters") == 0
        && GST_CLOCK_TIME_IS_VALID (gst_voice_structure_time (s, "audio")))
      usage->recognised += gst_voice_structure_time (s, "audio");
    usage->cost += MAX (0, gst_voice_structure_double (s, "cost"));
  } else if (gst_structure_has_name (s, "voice/turn")) {
    if (gst_voice_structure_uint (s, "merges") == 0)
      usage->turns++;
  } else if (gst_structure_has_name (s, "voice/interrupt")) {
    if (gst_voice_structure_uint (s, "speech") > 0)
      usage->interruptions++;
  } else if (gst_structure_has_name (s, "voice/tool-call")) {
    usage->tool_calls++;
  }
}

static void
post (GstElement * element, GstStructure * structure, guint n,
    GstClockTime at, gint64 wall)
{
  gst_structure_set (structure, "n", G_TYPE_UINT, n, "at",
      GST_TYPE_CLOCK_TIME, at, "wall", G_TYPE_INT64, wall, NULL);
  gst_element_post_message (element,
      gst_message_new_element (GST_OBJECT (element), structure));
}

/**
 * gst_voice_session_report_at:
 * @session: the session
 * @element: who reports, with no lock held
 * @structure: (transfer full): of the table of events
 * @at: when it happened, in running time
 * @durable: whether it must be on the disk before this returns, because what
 *   follows would cost money if it were forgotten
 *
 * Writes a line of the journal and posts an element message, as the table
 * says. The message has the fields of the table and `n` (the number of the
 * line, or 0 if it is not in the journal), `at` and `wall` (microseconds since
 * 1970, a gint64). Usage is counted.
 *
 * Returns: %FALSE if the journal could not be written; a WARNING is posted
 * the first time
 */
gboolean
gst_voice_session_report_at (GstVoiceSession * session, GstElement * element,
    GstStructure * structure, GstClockTime at, gboolean durable)
{
  const GstVoiceEventInfo *info =
      gst_voice_event_info (gst_structure_get_name (structure));
  gint64 wall = wall_at (session, element, at);
  gboolean ok = TRUE;
  GstVoiceJournal *journal = NULL;
  GPtrArray *first = NULL;
  GError *error = NULL;
  guint n = 0;

  g_return_val_if_fail (info != NULL, FALSE);
  g_mutex_lock (&session->lock);
  if (info->carriers & GST_VOICE_JOURNAL && !session->ended) {
    if (!session->started)
      first = begin_locked (session, element, at, wall);
    count_locked (session, structure);
    ok = append_locked (session, structure, at, wall, &error);
    n = session->lines;
    journal = session->journal;
  }
  g_mutex_unlock (&session->lock);
  /* Not under the lock: the audio thread may want to report meanwhile. */
  if (ok && durable && journal)
    ok = gst_voice_journal_sync (journal, &error);

  for (guint i = 0; first && i < first->len; i++)
    post (element, first->pdata[i], i + 1, at, wall);
  g_clear_pointer (&first, g_ptr_array_unref);
  if (info->carriers & GST_VOICE_MESSAGE)
    post (element, structure, n, at, wall);
  else
    gst_structure_free (structure);
  if (!ok && g_atomic_int_compare_and_exchange (&session->journal_failed, FALSE,
          TRUE))
    GST_ELEMENT_WARNING (element, RESOURCE, WRITE, ("%s", error->message),
        ("the call goes on, its record will lack what follows"));
  g_clear_error (&error);
  return ok;
}

/**
 * gst_voice_session_report:
 * @session: the session
 * @element: who reports, with no lock held
 * @structure: (transfer full): of the table of events
 *
 * gst_voice_session_report_at() for what happens now and is not durable.
 *
 * Returns: %FALSE if the journal could not be written
 */
gboolean
gst_voice_session_report (GstVoiceSession * session, GstElement * element,
    GstStructure * structure)
{
  return gst_voice_session_report_at (session, element, structure,
      gst_element_get_current_running_time (element), FALSE);
}

/**
 * gst_voice_session_set_variable:
 * @session: the session
 * @element: (nullable): who reports it; %NULL before the session starts
 * @name: of the variable
 * @value: its value
 */
void
gst_voice_session_set_variable (GstVoiceSession * session,
    GstElement * element, const gchar * name, const gchar * value)
{
  g_mutex_lock (&session->lock);
  g_hash_table_replace (session->variables, g_strdup (name), g_strdup (value));
  session->terms++;
  g_mutex_unlock (&session->lock);
  if (element)
    gst_voice_session_report (session, element,
        gst_voice_structure_new ("variable", "name", name, "value", value,
            NULL));
}

/**
 * gst_voice_session_get_variable:
 * @session: the session
 * @name: of a variable
 *
 * Returns: (transfer full) (nullable): its value
 */
gchar *
gst_voice_session_get_variable (GstVoiceSession * session, const gchar * name)
{
  gchar *value;

  g_mutex_lock (&session->lock);
  value = g_strdup (g_hash_table_lookup (session->variables, name));
  g_mutex_unlock (&session->lock);
  return value;
}

/**
 * gst_voice_session_terms:
 * @session: a session
 *
 * Returns: a number that changes when a variable or the persona does, and with
 *   them what a model is asked
 */
guint
gst_voice_session_terms (GstVoiceSession * session)
{
  guint terms;

  g_mutex_lock (&session->lock);
  terms = session->terms;
  g_mutex_unlock (&session->lock);
  return terms;
}

/**
 * gst_voice_session_now:
 * @session: the session
 * @element: whose clock tells simulated time
 *
 * Returns: (transfer full): the date and time of the call, in its time zone
 * (the variable `time_zone`; that of the machine if there is none)
 */
GDateTime *
gst_voice_session_now (GstVoiceSession * session, GstElement * element)
{
  gint64 wall = wall_at (session, element,
      gst_element_get_current_running_time (element));
  gchar *name = gst_voice_session_get_variable (session, "time_zone");
  GTimeZone *zone = name && *name ? g_time_zone_new_identifier (name) : NULL;
  GDateTime *utc = g_date_time_new_from_unix_utc (wall / G_USEC_PER_SEC), *now;

  if (!zone)
    zone = g_time_zone_new_local ();
  now = g_date_time_to_timezone (utc, zone);
  g_date_time_unref (utc);
  g_time_zone_unref (zone);
  g_free (name);
  return now;
}

static void
set_default_locked (GstVoiceSession * self, const gchar * name,
    const gchar * value)
{
  if (value && !g_hash_table_contains (self->variables, name))
    g_hash_table_insert (self->variables, g_strdup (name), g_strdup (value));
}

/* What the persona begins with, unless the call has brought its own. */
static void
add_variables_locked (GstVoiceSession * self, GstVoicePersona * persona)
{
  JsonNode *node = gst_voice_persona_get_node (persona, "variables");
  JsonObjectIter iter;
  const gchar *name;
  gchar *path, *value;

  if (!node || !JSON_NODE_HOLDS_OBJECT (node))
    return;
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &name, NULL)) {
    path = g_strconcat ("variables.", name, NULL);
    value = gst_voice_persona_get_value (persona, path);
    set_default_locked (self, name, value);
    g_free (value);
    g_free (path);
  }
}

/**
 * gst_voice_session_set_persona:
 * @session: a session
 * @persona: who takes the call from now on
 *
 * The persona's variables become the call's, where that has none of the name.
 */
void
gst_voice_session_set_persona (GstVoiceSession * session,
    GstVoicePersona * persona)
{
  GstVoicePersona *before;

  g_mutex_lock (&session->lock);
  before = session->persona;
  session->persona = gst_voice_persona_ref (persona);
  g_hash_table_replace (session->variables, g_strdup ("persona"),
      g_strdup (gst_voice_persona_get_string (persona, "name")));
  set_default_locked (session, "time_zone",
      gst_voice_persona_get_string (persona, "time-zone"));
  add_variables_locked (session, persona);
  session->terms++;
  g_mutex_unlock (&session->lock);
  g_clear_pointer (&before, gst_voice_persona_unref);
}

/**
 * gst_voice_session_get_persona:
 * @session: a session
 *
 * Returns: (transfer full) (nullable): who takes the call
 */
GstVoicePersona *
gst_voice_session_get_persona (GstVoiceSession * session)
{
  GstVoicePersona *persona;

  g_mutex_lock (&session->lock);
  persona = session->persona ? gst_voice_persona_ref (session->persona) : NULL;
  g_mutex_unlock (&session->lock);
  return persona;
}

static gchar *
look_up (const gchar * name, gpointer data)
{
  GstVoiceSession *session = data;

  if (strcmp (name, "call_id") == 0)
    return g_strdup (session->call_id);
  return gst_voice_session_get_variable (session, name);
}

/* (transfer full) (nullable) @known: whether all variables in it are. */
static gchar *
expand (GstVoiceSession * self, GstElement * element,
    GstVoicePersona * persona, const gchar * text, gboolean * known)
{
  GDateTime *now = gst_voice_session_now (self, element);
  GPtrArray *unknown;
  gchar *expanded = gst_voice_persona_expand (persona, text, now, look_up,
      self, &unknown);

  *known = !unknown;
  g_clear_pointer (&unknown, g_ptr_array_unref);
  g_date_time_unref (now);
  return expanded;
}

/**
 * gst_voice_session_expand:
 * @session: a session
 * @element: whose clock tells simulated time
 * @text: (nullable): one of the persona's texts
 *
 * Returns: (transfer full) (nullable): the text with the call's variables in
 * the place of `{{name}}`; as it is if there is no persona
 */
gchar *
gst_voice_session_expand (GstVoiceSession * session, GstElement * element,
    const gchar * text)
{
  GstVoicePersona *persona = gst_voice_session_get_persona (session);
  gboolean known;
  gchar *expanded;

  if (!persona)
    return g_strdup (text);
  expanded = expand (session, element, persona, text, &known);
  gst_voice_persona_unref (persona);
  return expanded;
}

/**
 * gst_voice_session_get_setting:
 * @session: a session
 * @element: who asks
 * @path: what it wants to know of the persona, as in a description's `${path}`
 * @known: (out): whether all variables in it are known
 *
 * Returns: (transfer full) (nullable): what the persona says, expanded
 */
gchar *
gst_voice_session_get_setting (GstVoiceSession * session, GstElement * element,
    const gchar * path, gboolean * known)
{
  GstVoicePersona *persona = gst_voice_session_get_persona (session);
  gchar *value, *expanded = NULL;

  *known = TRUE;
  if (!persona)
    return NULL;
  value = gst_voice_persona_get_value (persona, path);
  if (value)
    expanded = expand (session, element, persona, value, known);
  g_free (value);
  gst_voice_persona_unref (persona);
  return expanded;
}

static GstVoiceTurnTimes *
times_locked (GstVoiceSession * self, guint turn)
{
  return &self->times[turn % TIMES_KEPT];
}

/**
 * gst_voice_session_pass:
 * @session: the session
 * @turn: a turn; 0 is none
 * @milestone: what it has passed
 * @at: when, in running time
 */
void
gst_voice_session_pass (GstVoiceSession * session, guint turn,
    GstVoiceMilestone milestone, GstClockTime at)
{
  GstVoiceTurnTimes *times;

  if (!turn)
    return;
  g_mutex_lock (&session->lock);
  times = times_locked (session, turn);
  if (turn > times->turn)
    gst_voice_turn_times_init (times, turn);
  if (turn == times->turn)
    gst_voice_turn_times_pass (times, milestone, at);
  g_mutex_unlock (&session->lock);
}

/**
 * gst_voice_session_get_times:
 * @session: the session
 * @turn: a turn
 * @times: (out): when it passed its milestones
 *
 * Returns: %FALSE if nothing is known of the turn (any more)
 */
gboolean
gst_voice_session_get_times (GstVoiceSession * session, guint turn,
    GstVoiceTurnTimes * times)
{
  gboolean known;

  g_mutex_lock (&session->lock);
  *times = *times_locked (session, turn);
  known = turn && times->turn == turn;
  g_mutex_unlock (&session->lock);
  return known;
}

/**
 * gst_voice_session_get_usage:
 * @session: the session
 * @usage: (out): what the call has used so far
 */
void
gst_voice_session_get_usage (GstVoiceSession * session, GstVoiceUsage * usage)
{
  g_mutex_lock (&session->lock);
  *usage = session->usage;
  g_mutex_unlock (&session->lock);
}

/* Writes the last line if the session has been ended and nothing runs. */
static void
write_end (GstVoiceSession * self)
{
  GstElement *element = NULL;
  gchar *reason = NULL;
  GstClockTime at;
  GstVoiceUsage u;

  g_mutex_lock (&self->lock);
  if (self->holds == 0) {
    element = g_steal_pointer (&self->end_element);
    reason = g_steal_pointer (&self->end_reason);
  }
  at = self->end_at;
  u = self->usage;
  g_mutex_unlock (&self->lock);
  if (!element)
    return;
  gst_voice_session_report_at (self, element,
      gst_voice_structure_new ("session-ended", "reason", reason,
          "duration", at, "turns", u.turns, "interruptions", u.interruptions,
          "tokens-in", u.tokens_in, "tokens-out", u.tokens_out,
          "characters", u.characters, "recognised", u.recognised,
          "tool-calls", u.tool_calls, "cost", u.cost, NULL), at, TRUE);
  g_mutex_lock (&self->lock);
  self->ended = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  gst_object_unref (element);
  g_free (reason);
}

/**
 * gst_voice_session_hold:
 * @session: the session
 *
 * Keeps the journal open: something has begun whose outcome must be in it,
 * even if the call is over by then. Each hold is given back with
 * gst_voice_session_release(), by someone who also holds a reference.
 */
void
gst_voice_session_hold (GstVoiceSession * session)
{
  g_mutex_lock (&session->lock);
  session->holds++;
  g_mutex_unlock (&session->lock);
}

/**
 * gst_voice_session_release:
 * @session: the session
 *
 * Gives a hold back, when the outcome has been reported and with no lock held.
 * The last one of a session that has been ended writes the last line.
 */
void
gst_voice_session_release (GstVoiceSession * session)
{
  g_mutex_lock (&session->lock);
  g_warn_if_fail (session->holds > 0);
  session->holds--;
  g_mutex_unlock (&session->lock);
  write_end (session);
}

/**
 * gst_voice_session_end:
 * @session: the session
 * @element: who reports, with no lock held
 * @reason: see `voice/hangup`
 *
 * Writes the last line of the journal; while something runs that has taken a
 * gst_voice_session_hold(), that line waits for it, with the time at which the
 * call ended. Only the first call does anything, and only if the session has
 * started; what is reported after the last line is not journalled.
 */
void
gst_voice_session_end (GstVoiceSession * session, GstElement * element,
    const gchar * reason)
{
  GstClockTime at = gst_element_get_current_running_time (element);

  g_mutex_lock (&session->lock);
  if (session->started && !session->ending) {
    session->ending = TRUE;
    session->end_element = gst_object_ref (element);
    session->end_reason = g_strdup (reason);
    session->end_at = at;
  }
  g_mutex_unlock (&session->lock);
  write_end (session);
}

/**
 * gst_voice_session_wait:
 * @session: a session that has been ended, or will be
 * @timeout: how long to wait at the most
 *
 * For whoever is about to end the process: waits until the last line of the
 * journal has been written.
 *
 * Returns: %FALSE if something still runs
 */
gboolean
gst_voice_session_wait (GstVoiceSession * session, GstClockTime timeout)
{
  gint64 until = g_get_monotonic_time () + timeout / GST_USECOND;
  gboolean ended;

  g_mutex_lock (&session->lock);
  while (!session->ended
      && g_cond_wait_until (&session->cond, &session->lock, until));
  ended = session->ended;
  g_mutex_unlock (&session->lock);
  return ended;
}
