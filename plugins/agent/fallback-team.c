/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The children of `fallback` as elements: started when they are needed, stopped
 * when they are broken, known by their health.
 *
 * Threads: state changes, the front's task, and threads that stop a child.
 * Locks: `lock` guards the core and who is active. It is held while a child
 * changes its state upwards, which never blocks; so what a child posts then
 * must not come back here.
 */
#include "fallback-team.h"

#include <gst-voice/events.h>
#include <gst-voice/health.h>
#include <string.h>

typedef struct
{
  GstElement *element;
  gchar *provider, *key;        /* for one that has no key of its own */
  gboolean active, resting;     /* lock */
} Member;

struct _FallbackTeam
{
  GstElement *bin;              /* borrowed */
  GstVoiceSession *session;
  FallbackSettings settings;
  Member members[FALLBACK_MAX];
  guint n;

  GMutex lock;
  FallbackCore core;
  GstState state;
};

static void
member_init (Member * member, GstElement * element, const gchar * kind)
{
  GstElementFactory *factory = gst_element_get_factory (element);
  gchar *name;

  member->element = gst_object_ref (element);
  member->provider = g_strdup (factory ? GST_OBJECT_NAME (factory) :
      G_OBJECT_TYPE_NAME (element));
  /* "flite" of "flitetts". */
  name = g_strdup (member->provider);
  if (g_str_has_suffix (name, kind) && strlen (name) > strlen (kind))
    name[strlen (name) - strlen (kind)] = '\0';
  member->key = g_strdup_printf ("%s/%s", kind, name);
  g_free (name);
}

static gpointer
copy_key (gpointer key, gpointer unused)
{
  return g_strdup (key);
}

/* What is noted about it; @own: whether it does so itself. */
static gchar *
key_of (const Member * member, gboolean * own)
{
  gchar *key = g_object_dup_data (G_OBJECT (member->element),
      GST_VOICE_HEALTH_KEY, copy_key, NULL);

  if (own)
    *own = key != NULL;
  return key ? key : g_strdup (member->key);
}

/**
 * fallback_team_new:
 * @bin: the `fallback`
 * @session: the session of the call
 * @kind: `stt`, `llm` or `tts`
 * @children: of GstElement, the best first
 * @settings: copied
 *
 * Returns: (transfer full): nobody works yet
 */
FallbackTeam *
fallback_team_new (GstElement * bin, GstVoiceSession * session,
    const gchar * kind, GPtrArray * children, const FallbackSettings * settings)
{
  FallbackTeam *team = g_atomic_rc_box_new0 (FallbackTeam);

  g_mutex_init (&team->lock);
  team->bin = bin;
  team->session = g_object_ref (session);
  team->settings = *settings;
  team->settings.last_resort = g_strdup (settings->last_resort);
  team->n = MIN (children->len, FALLBACK_MAX);
  for (guint i = 0; i < team->n; i++)
    member_init (&team->members[i], g_ptr_array_index (children, i), kind);
  fallback_core_init (&team->core, team->n, settings->retry_after *
      (gint64) 1000);
  team->state = GST_STATE_NULL;
  return team;
}

static void
clear (gpointer data)
{
  FallbackTeam *team = data;

  for (guint i = 0; i < team->n; i++) {
    gst_object_unref (team->members[i].element);
    g_free (team->members[i].provider);
    g_free (team->members[i].key);
  }
  g_object_unref (team->session);
  g_free (team->settings.last_resort);
  g_mutex_clear (&team->lock);
}

/**
 * fallback_team_unref:
 * @team: (transfer full): a team
 */
void
fallback_team_unref (FallbackTeam * team)
{
  g_atomic_rc_box_release_full (team, clear);
}

const FallbackSettings *
fallback_team_settings (const FallbackTeam * team)
{
  return &team->settings;
}

guint
fallback_team_size (const FallbackTeam * team)
{
  return team->n;
}

GstElement *
fallback_team_child (const FallbackTeam * team, guint i)
{
  return team->members[i].element;
}

const gchar *
fallback_team_provider (const FallbackTeam * team, guint i)
{
  return team->members[i].provider;
}

/**
 * fallback_team_find:
 * @team: a team
 * @object: (nullable): whoever has posted something
 *
 * Returns: which child it is or belongs to, or -1
 */
gint
fallback_team_find (const FallbackTeam * team, GstObject * object)
{
  for (guint i = 0; object && i < team->n; i++) {
    GstObject *child = GST_OBJECT (team->members[i].element);

    if (object == child || gst_object_has_as_ancestor (object, child))
      return i;
  }
  return -1;
}

static gboolean
activate_locked (FallbackTeam * team, guint i)
{
  Member *member = &team->members[i];

  if (member->active)
    return TRUE;
  if (member->resting || team->state < GST_STATE_PAUSED)
    return FALSE;
  gst_element_set_base_time (member->element,
      gst_element_get_base_time (team->bin));
  member->active = gst_element_set_state (member->element, team->state) !=
      GST_STATE_CHANGE_FAILURE;
  return member->active;
}

/**
 * fallback_team_set_state:
 * @team: a team
 * @state: that of the bin from now on
 *
 * Who works, or is kept warm, follows it.
 */
void
fallback_team_set_state (FallbackTeam * team, GstState state)
{
  gboolean up;

  g_mutex_lock (&team->lock);
  up = state > team->state;
  team->state = state;
  for (guint i = 0; i < team->n; i++) {
    Member *member = &team->members[i];

    if (member->active && state >= GST_STATE_PAUSED) {
      gst_element_set_base_time (member->element,
          gst_element_get_base_time (team->bin));
      gst_element_set_state (member->element, state);
    } else if (up && state == GST_STATE_PAUSED && team->settings.warm) {
      activate_locked (team, i);
    }
  }
  g_mutex_unlock (&team->lock);
  if (state >= GST_STATE_PAUSED)
    return;
  /* This waits for the children's tasks. */
  for (guint i = 0; i < team->n; i++)
    gst_element_set_state (team->members[i].element, state);
  g_mutex_lock (&team->lock);
  for (guint i = 0; i < team->n; i++)
    team->members[i].active = FALSE;
  if (!up)
    fallback_core_init (&team->core, team->n, team->settings.retry_after *
        (gint64) 1000);
  g_mutex_unlock (&team->lock);
}

/**
 * fallback_team_fresh:
 * @team: a team
 *
 * A new piece of work begins, and the best may take it.
 */
void
fallback_team_fresh (FallbackTeam * team)
{
  g_mutex_lock (&team->lock);
  fallback_core_fresh (&team->core);
  g_mutex_unlock (&team->lock);
}

static gint64
cooling (guint child, gpointer data)
{
  FallbackTeam *team = data;
  gchar *key = key_of (&team->members[child], NULL);
  gint64 left = gst_voice_health_cooling (key, g_get_monotonic_time ());

  g_free (key);
  return left;
}

/**
 * fallback_team_report:
 * @team: a team
 * @structure: (transfer full): of the table of events
 *
 * gst_voice_session_report() for the bin.
 */
void
fallback_team_report (FallbackTeam * team, GstStructure * structure)
{
  gst_voice_session_report (team->session, team->bin, structure);
}

static void
report_switch (FallbackTeam * team, gint from, gint to)
{
  gchar *text = g_strdup_printf ("in the place of %s",
      team->members[from].provider);

  fallback_team_report (team, gst_voice_structure_new ("provider",
          "provider", team->members[to].provider, "state", "switched",
          "code", "", "text", text, NULL));
  g_free (text);
}

/**
 * fallback_team_choose:
 * @team: a team
 * @now: running time
 * @better: whether a better one may take the place of one that works
 *
 * Starts the child if it is not running, and tells of a switch.
 *
 * Returns: who is to work, -1 if nobody can, or %FALLBACK_STOPPED
 */
gint
fallback_team_choose (FallbackTeam * team, GstClockTime now, gboolean better)
{
  gint before, child = FALLBACK_STOPPED;

  g_mutex_lock (&team->lock);
  before = team->core.current;
  while (team->state >= GST_STATE_PAUSED
      && (child = fallback_core_choose (&team->core, now / GST_USECOND, better,
              cooling, team)) >= 0 && !activate_locked (team, child))
    fallback_core_failed (&team->core, child, now / GST_USECOND);
  g_mutex_unlock (&team->lock);
  if (child >= 0 && before >= 0 && child != before)
    report_switch (team, before, child);
  return child;
}

/**
 * fallback_team_second:
 * @team: a team of which one works
 * @now: running time
 * @after: (out): microseconds after which the other is to be asked, too: when
 *   the one that works is later than it is nineteen times out of twenty; -1 if
 *   that is not known
 *
 * Starts the child, if it may be needed and is not running.
 *
 * Returns: who may work beside the one that does, or -1
 */
gint
fallback_team_second (FallbackTeam * team, GstClockTime now, gint64 * after)
{
  gint child = -1;
  gchar *key;

  *after = -1;
  g_mutex_lock (&team->lock);
  if (team->core.current >= 0) {
    key = key_of (&team->members[team->core.current], NULL);
    *after = gst_voice_health_latency (key, .95);
    g_free (key);
  }
  if (*after >= 0)
    child = fallback_core_second (&team->core, now / GST_USECOND);
  if (child >= 0 && !activate_locked (team, child))
    child = -1;
  g_mutex_unlock (&team->lock);
  return child;
}

/**
 * fallback_team_failed:
 * @team: a team
 * @i: who has failed
 * @error: how
 * @now: running time
 * @own_finding: the provider does not know it itself
 *
 * A WARNING tells it; the call goes on.
 */
void
fallback_team_failed (FallbackTeam * team, guint i, const GError * error,
    GstClockTime now, gboolean own_finding)
{
  Member *member = &team->members[i];
  gboolean notes;
  gchar *key = key_of (member, &notes);

  if (own_finding || !notes)
    gst_voice_health_failure (key, g_get_monotonic_time (),
        error->domain == GST_VOICE_ERROR ? (GstVoiceError) error->code :
        GST_VOICE_ERROR_INTERNAL, -1);
  g_free (key);
  g_mutex_lock (&team->lock);
  fallback_core_failed (&team->core, i, now / GST_USECOND);
  g_mutex_unlock (&team->lock);
  gst_voice_error_post (team->bin, error, member->provider, 0, NULL, FALSE);
}

/**
 * fallback_team_answered:
 * @team: a team
 * @i: who has answered
 * @first_byte: how long that took to begin, or none
 */
void
fallback_team_answered (FallbackTeam * team, guint i, GstClockTime first_byte)
{
  gboolean notes;
  gchar *key = key_of (&team->members[i], &notes);

  if (!notes)
    gst_voice_health_success (key, g_get_monotonic_time (),
        GST_CLOCK_TIME_IS_VALID (first_byte) ?
        (gint64) (first_byte / GST_USECOND) : -1);
  g_free (key);
}

typedef struct
{
  FallbackTeam *team;
  guint i;
} Rest;

static void
rest_free (gpointer data)
{
  fallback_team_unref (((Rest *) data)->team);
  g_free (data);
}

static void
rest (GstElement * bin, gpointer data)
{
  FallbackTeam *team = ((Rest *) data)->team;
  Member *member = &team->members[((Rest *) data)->i];

  gst_element_set_state (member->element, MIN (GST_STATE_READY,
          GST_STATE_TARGET (bin)));
  g_mutex_lock (&team->lock);
  member->resting = FALSE;
  g_mutex_unlock (&team->lock);
}

/**
 * fallback_team_rest:
 * @team: a team
 * @i: who is broken
 *
 * Stops the child, in another thread, so that it can be started anew.
 */
void
fallback_team_rest (FallbackTeam * team, guint i)
{
  gboolean now;
  Rest *data;

  g_mutex_lock (&team->lock);
  now = team->members[i].active;
  team->members[i].active = FALSE;
  team->members[i].resting |= now;
  g_mutex_unlock (&team->lock);
  if (!now)
    return;
  data = g_new (Rest, 1);
  data->team = g_atomic_rc_box_acquire (team);
  data->i = i;
  gst_element_call_async (team->bin, rest, data, rest_free);
}

static gboolean
has_arbiter (GstPad * sinkpad)
{
  GstQuery *query = gst_voice_query_new ("arbiter");
  gboolean yes = gst_pad_peer_query (sinkpad, query);

  gst_query_unref (query);
  return yes;
}

/**
 * fallback_hang_up:
 * @sinkpad: of the front
 * @srcpad: likewise
 * @now: nothing is to be heard any more
 *
 * The call has nobody left who could go on.
 */
void
fallback_hang_up (GstPad * sinkpad, GstPad * srcpad, gboolean now)
{
  GstStructure *s = gst_voice_structure_new ("hangup", "reason", "error",
      "by", "application", "now", now, NULL);

  if (has_arbiter (sinkpad))
    gst_pad_push_event (sinkpad, gst_voice_event_new (GST_VOICE_UPSTREAM, NULL,
            s));
  else
    gst_pad_push_event (srcpad, gst_voice_event_new (GST_VOICE_OOB, NULL, s));
}
