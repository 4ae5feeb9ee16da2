/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-fallback
 * @title: fallback
 *
 * Several recognisers, or several models, or several synthesisers, of which one
 * works and the next takes over when it fails (docs/fallback.md). The caller
 * loses no word by it and hears none twice. Children are tried in the order in
 * which they are written.
 *
 * It is linked as any other element, or by its own pads, `f.sink` and `f.src`.
 *
 * What a child cannot do is a WARNING, and `voice/provider` tells of a switch.
 * When no child is left the call ends by an ERROR, or as
 * #GstVoiceFallback:last-resort says.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 callersrc location=tests/data/callers/clinic.caller ! vad ! \
 *   pocketsphinxstt ! turn ! scriptllm script=pipelines/clinic.script.json ! \
 *   speakable ! fallback.( flitetts flitetts voice=kal ) ! playout ! fakesink
 * ]|
 */
/*
 * The bin keeps the children in order and locked in their states; what it shows
 * is one more element, which has them work: FallbackStt, -Llm or -Tts.
 *
 * Threads: state changes, but for messages, which come in any. Locks: the
 * object lock guards the settings.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstfallback.h"

#include "fallback-llm.h"
#include "fallback-stt.h"
#include "fallback-tts.h"

#include <gst-voice/stt.h>
#include <string.h>

#define DEFAULT_TIMEOUT 2000
#define DEFAULT_DEAF_AFTER 2000
#define DEFAULT_RETRY_AFTER 30000

typedef enum
{
  KIND_NONE,
  KIND_STT,
  KIND_LLM,
  KIND_TTS,
} Kind;

static const gchar *const kind_names[] = { "", "stt", "llm", "tts" };

struct _GstVoiceFallback
{
  GstBin parent;

  /* set once in init */
  GstPad *sinkpad, *srcpad;

  /* object lock */
  FallbackSettings settings;
  GPtrArray *children;          /* of GstElement, in order */

  /* state changes only; read when messages come, which are then none */
  GstVoiceSession *session;
  FallbackTeam *team;
  GstElement *front;
  Kind kind;
};

enum
{
  PROP_TIMEOUT = 1,
  PROP_DEAF_AFTER,
  PROP_RETRY_AFTER,
  PROP_HEDGE,
  PROP_WARM,
  PROP_LAST_RESORT,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

G_DEFINE_FINAL_TYPE (GstVoiceFallback, gst_voice_fallback, GST_TYPE_BIN);
GST_ELEMENT_REGISTER_DEFINE (fallback, "fallback", GST_RANK_NONE,
    GST_TYPE_VOICE_FALLBACK);

static Kind
kind_of (GstElement * element)
{
  return GST_IS_VOICE_STT (element) ? KIND_STT :
      GST_IS_VOICE_LLM (element) ? KIND_LLM :
      GST_IS_VOICE_TTS (element) ? KIND_TTS : KIND_NONE;
}

static gboolean
refuse (GError ** error, const gchar * what)
{
  g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_FAILED, "%s: write "
      "`fallback.( FIRST SECOND )` with recognisers only, models only or "
      "synthesisers only", what);
  return FALSE;
}

static gboolean
is_linked (GstElement * child)
{
  gboolean linked = FALSE;

  GST_OBJECT_LOCK (child);
  for (GList * l = child->pads; l; l = l->next)
    linked |= GST_PAD_IS_LINKED (l->data);
  GST_OBJECT_UNLOCK (child);
  return linked;
}

static gboolean
check_children (GPtrArray * children, Kind * kind, GError ** error)
{
  if (children->len == 0)
    return refuse (error, "a fallback needs children");
  if (children->len > FALLBACK_MAX)
    return refuse (error, "a fallback can have 8 children");
  *kind = kind_of (g_ptr_array_index (children, 0));
  for (guint i = 0; i < children->len; i++) {
    GstElement *child = g_ptr_array_index (children, i);
    const gchar *what = kind_of (child) == KIND_NONE ? "is none that can stand "
        "in for another" : kind_of (child) != *kind ? "is not of the kind of "
        "the first" : is_linked (child) ? "is linked, but children stand "
        "beside each other, without `!`" : NULL;
    gchar *text;

    if (!what)
      continue;
    text = g_strdup_printf ("the child '%s' of the fallback %s",
        GST_OBJECT_NAME (child), what);
    refuse (error, text);
    g_free (text);
    return FALSE;
  }
  return TRUE;
}

static GstElement *
new_front (FallbackTeam * team, Kind kind)
{
  return kind == KIND_STT ? fallback_stt_new (team) :
      kind == KIND_LLM ? fallback_llm_new (team) : fallback_tts_new (team);
}

static gboolean
set_target (GstPad * ghost, GstElement * front, const gchar * name)
{
  GstPad *pad = gst_element_get_static_pad (front, name);
  gboolean ok = gst_ghost_pad_set_target (GST_GHOST_PAD (ghost), pad);

  gst_object_unref (pad);
  return ok;
}

/* (transfer full) (nullable) */
static GstPad *
find_foreign_pad (GstVoiceFallback * self)
{
  GstPad *found = NULL;

  GST_OBJECT_LOCK (self);
  for (GList * l = GST_ELEMENT (self)->pads; l && !found; l = l->next) {
    if (l->data != self->sinkpad && l->data != self->srcpad)
      found = gst_object_ref (l->data);
  }
  GST_OBJECT_UNLOCK (self);
  return found;
}

/* What was linked to @pad is linked to ours. */
static gboolean
move_link (GstVoiceFallback * self, GstPad * pad)
{
  gboolean is_sink = GST_PAD_IS_SINK (pad), ok = TRUE;
  GstPad *own = is_sink ? self->sinkpad : self->srcpad;
  GstPad *peer = gst_pad_get_peer (pad);

  if (GST_IS_GHOST_PAD (pad))
    gst_ghost_pad_set_target (GST_GHOST_PAD (pad), NULL);
  if (peer && is_sink)
    ok = gst_pad_unlink (peer, pad)
        && gst_pad_link (peer, own) == GST_PAD_LINK_OK;
  else if (peer)
    ok = gst_pad_unlink (pad, peer)
        && gst_pad_link (own, peer) == GST_PAD_LINK_OK;
  gst_clear_object (&peer);
  gst_element_remove_pad (GST_ELEMENT (self), pad);
  return ok;
}

/* `a ! fallback.( x y ) ! b` makes gst-parse open the bin for the first child's
 * sink and the last one's source. */
static gboolean
take_links (GstVoiceFallback * self)
{
  gboolean ok = TRUE;
  GstPad *pad;

  while (ok && (pad = find_foreign_pad (self))) {
    ok = move_link (self, pad);
    gst_object_unref (pad);
  }
  return ok;
}

/**
 * gst_voice_fallback_get_open_pad:
 * @self: a fallback in NULL
 * @direction: of the pad
 *
 * Returns: (transfer full) (nullable): its pad, if nothing is linked there
 */
GstPad *
gst_voice_fallback_get_open_pad (GstVoiceFallback * self,
    GstPadDirection direction)
{
  GstPad *pad = direction == GST_PAD_SINK ? self->sinkpad : self->srcpad;

  if (!take_links (self) || gst_pad_is_linked (pad))
    return NULL;
  return gst_object_ref (pad);
}

static gboolean
fill (GstVoiceFallback * self, GError ** error)
{
  GPtrArray *children;
  FallbackSettings settings;
  gboolean ok;

  GST_OBJECT_LOCK (self);
  children = g_ptr_array_copy (self->children, (GCopyFunc) gst_object_ref,
      NULL);
  settings = self->settings;
  settings.last_resort = g_strdup (settings.last_resort);
  GST_OBJECT_UNLOCK (self);
  g_ptr_array_set_free_func (children, gst_object_unref);
  ok = take_links (self) || refuse (error, "a fallback is linked twice");
  ok = ok && check_children (children, &self->kind, error);
  if (ok) {
    self->team = fallback_team_new (GST_ELEMENT (self), self->session,
        kind_names[self->kind], children, &settings);
    self->front = new_front (g_atomic_rc_box_acquire (self->team), self->kind);
    gst_bin_add (GST_BIN (self), self->front);
    ok = (self->kind != KIND_STT || fallback_stt_link (self->front))
        && set_target (self->sinkpad, self->front, "sink")
        && set_target (self->srcpad, self->front, "src");
    if (!ok)
      refuse (error, "the children of the fallback could not be linked");
  }
  g_ptr_array_unref (children);
  g_free (settings.last_resort);
  return ok;
}

static void
empty (GstVoiceFallback * self)
{
  gst_ghost_pad_set_target (GST_GHOST_PAD (self->sinkpad), NULL);
  gst_ghost_pad_set_target (GST_GHOST_PAD (self->srcpad), NULL);
  if (self->front) {
    gst_element_set_state (self->front, GST_STATE_NULL);
    gst_bin_remove (GST_BIN (self), self->front);
    self->front = NULL;
  }
  g_clear_pointer (&self->team, fallback_team_unref);
  g_clear_object (&self->session);
}

static gboolean
build (GstVoiceFallback * self)
{
  GError *error = NULL;

  self->session = gst_voice_session_obtain (GST_ELEMENT (self));
  if (fill (self, &error))
    return TRUE;
  GST_ELEMENT_ERROR (self, CORE, FAILED, ("%s", error->message), (NULL));
  g_error_free (error);
  empty (self);
  return FALSE;
}

/* The children follow before what shows them: up, so that they can work at
 * once; down, so that they give nothing more. */
static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstVoiceFallback *self = GST_VOICE_FALLBACK (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !build (self))
    return GST_STATE_CHANGE_FAILURE;
  if (self->team)
    fallback_team_set_state (self->team,
        GST_STATE_TRANSITION_NEXT (transition));
  ret = GST_ELEMENT_CLASS (gst_voice_fallback_parent_class)->change_state
      (element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL
      || (transition == GST_STATE_CHANGE_NULL_TO_READY
          && ret == GST_STATE_CHANGE_FAILURE))
    empty (self);
  return ret;
}

static gboolean
add_element (GstBin * bin, GstElement * element)
{
  GstVoiceFallback *self = GST_VOICE_FALLBACK (bin);

  if (!GST_BIN_CLASS (gst_voice_fallback_parent_class)->add_element (bin,
          element))
    return FALSE;
  if (element == self->front)
    return TRUE;
  gst_element_set_locked_state (element, TRUE);
  GST_OBJECT_LOCK (self);
  g_ptr_array_add (self->children, gst_object_ref (element));
  GST_OBJECT_UNLOCK (self);
  return TRUE;
}

static gboolean
remove_element (GstBin * bin, GstElement * element)
{
  GstVoiceFallback *self = GST_VOICE_FALLBACK (bin);

  GST_OBJECT_LOCK (self);
  g_ptr_array_remove (self->children, element);
  GST_OBJECT_UNLOCK (self);
  return GST_BIN_CLASS (gst_voice_fallback_parent_class)->remove_element (bin,
      element);
}

/* Of our code, if it has one. */
static GError *
parse_error (GstMessage * message)
{
  const GstStructure *details = NULL;
  GstVoiceError code = GST_VOICE_ERROR_INTERNAL;
  GError *error = NULL, *own;
  const gchar *name = NULL;

  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  if (details)
    name = gst_structure_get_string (details, "code");
  if (name)
    gst_voice_error_from_name (name, &code);
  own = g_error_new_literal (GST_VOICE_ERROR, code, error->message);
  g_error_free (error);
  return own;
}

static void
lose (GstVoiceFallback * self, guint child, GstMessage * message)
{
  GError *error = parse_error (message);

  if (self->kind == KIND_STT)
    fallback_stt_lose (self->front, child, error);
  else if (self->kind == KIND_LLM)
    fallback_llm_lose (self->front, child, error);
  else
    fallback_tts_lose (self->front, child, error);
  g_error_free (error);
}

static void
handle_message (GstBin * bin, GstMessage * message)
{
  GstVoiceFallback *self = GST_VOICE_FALLBACK (bin);
  gint child = self->front && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR ?
      fallback_team_find (self->team, GST_MESSAGE_SRC (message)) : -1;

  if (child < 0) {
    GST_BIN_CLASS (gst_voice_fallback_parent_class)->handle_message (bin,
        message);
    return;
  }
  lose (self, child, message);
  gst_message_unref (message);
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  FallbackSettings *settings = &GST_VOICE_FALLBACK (object)->settings;

  GST_OBJECT_LOCK (object);
  switch (id) {
    case PROP_TIMEOUT:
      settings->timeout = g_value_get_uint (value);
      break;
    case PROP_DEAF_AFTER:
      settings->deaf_after = g_value_get_uint (value);
      break;
    case PROP_RETRY_AFTER:
      settings->retry_after = g_value_get_uint (value);
      break;
    case PROP_HEDGE:
      settings->hedge = g_value_get_boolean (value);
      break;
    case PROP_WARM:
      settings->warm = g_value_get_boolean (value);
      break;
    case PROP_LAST_RESORT:
      g_free (settings->last_resort);
      settings->last_resort = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (object);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  const FallbackSettings *settings = &GST_VOICE_FALLBACK (object)->settings;

  GST_OBJECT_LOCK (object);
  switch (id) {
    case PROP_TIMEOUT:
      g_value_set_uint (value, settings->timeout);
      break;
    case PROP_DEAF_AFTER:
      g_value_set_uint (value, settings->deaf_after);
      break;
    case PROP_RETRY_AFTER:
      g_value_set_uint (value, settings->retry_after);
      break;
    case PROP_HEDGE:
      g_value_set_boolean (value, settings->hedge);
      break;
    case PROP_WARM:
      g_value_set_boolean (value, settings->warm);
      break;
    case PROP_LAST_RESORT:
      g_value_set_string (value, settings->last_resort);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (object);
}

static void
finalize (GObject * object)
{
  GstVoiceFallback *self = GST_VOICE_FALLBACK (object);

  g_ptr_array_unref (self->children);
  g_free (self->settings.last_resort);
  G_OBJECT_CLASS (gst_voice_fallback_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  /**
   * GstVoiceFallback:timeout:
   *
   * How long a child may be silent: until its answer begins, between two pieces
   * of it, and, of a recogniser, until the caller's last words are settled. Its
   * own deadlines hold beside this one.
   */
  props[PROP_TIMEOUT] = g_param_spec_uint ("timeout", "Timeout",
      "How long a child may be silent, in ms; 0 for ever", 0, G_MAXINT,
      DEFAULT_TIMEOUT, flags);
  /**
   * GstVoiceFallback:deaf-after:
   *
   * For how long the caller may speak without a recogniser understanding
   * anything, before another is tried.
   */
  props[PROP_DEAF_AFTER] = g_param_spec_uint ("deaf-after", "Deaf after",
      "How long the caller may speak without a word being recognised, in ms; 0 "
      "for ever", 0, G_MAXINT, DEFAULT_DEAF_AFTER, flags);
  /**
   * GstVoiceFallback:retry-after:
   *
   * How long a child that failed is left alone. Then it may work again, from
   * the next pause on.
   */
  props[PROP_RETRY_AFTER] = g_param_spec_uint ("retry-after", "Retry after",
      "How long a child that failed is left alone, in ms", 0, G_MAXINT,
      DEFAULT_RETRY_AFTER, flags);
  /**
   * GstVoiceFallback:hedge:
   *
   * Whether a second model is asked when the first is later than it is nineteen
   * times out of twenty. Whoever writes first is heard, the other is cancelled;
   * both cost.
   */
  props[PROP_HEDGE] = g_param_spec_boolean ("hedge", "Hedge",
      "Whether a second model is asked when the first is late", FALSE, flags);
  /**
   * GstVoiceFallback:warm:
   *
   * Whether all children run from the start, and not each when it is needed.
   */
  props[PROP_WARM] = g_param_spec_boolean ("warm", "Warm",
      "Whether all children run from the start", FALSE, flags);
  /**
   * GstVoiceFallback:last-resort:
   *
   * What is said when no child can work; then the call is hung up, with the
   * reason `error`. It may be empty, and without a synthesiser nothing is said.
   * Unset, the call ends by an ERROR.
   */
  props[PROP_LAST_RESORT] = g_param_spec_string ("last-resort", "Last resort",
      "What is said before hanging up when no child can work", NULL, flags);
  g_object_class_install_properties (klass, N_PROPS, props);
}

static void
gst_voice_fallback_class_init (GstVoiceFallbackClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBinClass *bin_class = GST_BIN_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  bin_class->add_element = GST_DEBUG_FUNCPTR (add_element);
  bin_class->remove_element = GST_DEBUG_FUNCPTR (remove_element);
  bin_class->handle_message = GST_DEBUG_FUNCPTR (handle_message);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Fallback",
      "Generic/Bin", "Has another provider go on when one fails", "gst-voice");
}

static GstPad *
add_pad (GstVoiceFallback * self, const gchar * name)
{
  GstPadTemplate *template =
      gst_element_class_get_pad_template (GST_ELEMENT_GET_CLASS (self), name);
  GstPad *pad = gst_ghost_pad_new_no_target_from_template (name, template);

  gst_element_add_pad (GST_ELEMENT (self), pad);
  return pad;
}

static void
gst_voice_fallback_init (GstVoiceFallback * self)
{
  self->children = g_ptr_array_new_with_free_func (gst_object_unref);
  self->settings.timeout = DEFAULT_TIMEOUT;
  self->settings.deaf_after = DEFAULT_DEAF_AFTER;
  self->settings.retry_after = DEFAULT_RETRY_AFTER;
  self->sinkpad = add_pad (self, "sink");
  self->srcpad = add_pad (self, "src");
}
