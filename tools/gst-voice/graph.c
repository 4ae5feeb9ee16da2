/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The pipeline of a call: a caller, an agent and who listens; or what a
 * description of a whole call says.
 *
 * Threads: the main thread. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "graph.h"

#include <string.h>

#define ROOM_SOURCE "source"
#define ROOM_SINK "sink"

static GstElement *
make (GstElement * bin, const gchar * description, GError ** error)
{
  GstElement *element = gst_parse_bin_from_description_full (description, TRUE,
      NULL, GST_PARSE_FLAG_FATAL_ERRORS | GST_PARSE_FLAG_NO_SINGLE_ELEMENT_BINS,
      error);

  if (element)
    gst_bin_add (GST_BIN (bin), element);
  return element;
}

static GstElement *
make_source (const CallSettings * settings, GstElement * pipeline,
    GError ** error)
{
  const gchar *caller = settings->caller;
  GstElement *source;

  if (!caller || strcmp (caller, "mic") == 0)
    return make (pipeline, "autoaudiosrc name=" GRAPH_MICROPHONE " ! "
        "audioconvert ! audioresample ! capsfilter caps=audio/x-raw,"
        "format=S16LE,layout=interleaved,channels=1,rate=16000", error);
  source = make (pipeline, "callersrc", error);
  if (source && settings->script)
    g_object_set (source, "script", settings->script, NULL);
  else if (source && strcmp (caller, "silence") != 0)
    g_object_set (source, "location", caller, NULL);
  return source;
}

static GstElement *
make_sink (const CallSettings * settings, GstElement * pipeline,
    GError ** error)
{
  const gchar *caller = settings->caller;
  const gchar *speaker = settings->speaker ? settings->speaker :
      caller && strcmp (caller, "mic") != 0 ? "none" : "auto";
  GstElement *sink, *file;

  if (strcmp (speaker, "none") == 0)
    return make (pipeline, "fakesink sync=false async=false "
        "enable-last-sample=false", error);
  if (strcmp (speaker, "auto") == 0)
    return make (pipeline, "audioconvert ! audioresample ! autoaudiosink "
        "name=" GRAPH_LOUDSPEAKER, error);
  /* Simulated time stands still while anything keeps a buffer. */
  sink = make (pipeline, "wavenc ! filesink name=speaker async=false "
      "buffer-mode=unbuffered enable-last-sample=false", error);
  file = sink ? gst_bin_get_by_name (GST_BIN (sink), "speaker") : NULL;
  if (file)
    g_object_set (file, "location", speaker, NULL);
  gst_clear_object (&file);
  return sink;
}

static void
set_link_error (GError ** error)
{
  g_set_error_literal (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD,
      "the pipeline cannot be linked");
}

static gboolean
fill (const CallSettings * settings, GstElement * pipeline, GstElement ** agent,
    GError ** error)
{
  GstElement *source, *sink;

  *agent = make (pipeline, "voiceagent name=voiceagent", error);
  source = *agent ? make_source (settings, pipeline, error) : NULL;
  sink = source ? make_sink (settings, pipeline, error) : NULL;
  if (!sink)
    return FALSE;
  g_object_set (*agent, "persona", settings->persona, NULL);
  if (gst_element_link_many (source, *agent, sink, NULL))
    return TRUE;
  set_link_error (error);
  return FALSE;
}

/* A value of `--set`. */
static gchar *
look_up (const gchar * name, gpointer data)
{
  const CallSettings *settings = data;
  gsize length = strlen (name);

  for (gchar ** v = settings->variables; v && *v; v++) {
    if (strncmp (*v, name, length) == 0 && (*v)[length] == '=')
      return g_strdup (*v + length + 1);
  }
  return NULL;
}

static gint
is_no_agent (gconstpointer value, gconstpointer unused)
{
  GstElementFactory *factory =
      gst_element_get_factory (g_value_get_object (value));

  return !factory || strcmp (GST_OBJECT_NAME (factory), "voiceagent") != 0;
}

/* The first one. It lives as long as @bin. */
static GstElement *
find_agent (GstElement * bin)
{
  GstIterator *elements = gst_bin_iterate_recurse (GST_BIN (bin));
  GValue value = G_VALUE_INIT;
  GstElement *agent = NULL;

  if (gst_iterator_find_custom (elements, is_no_agent, &value, NULL)) {
    agent = g_value_get_object (&value);
    g_value_unset (&value);
  }
  gst_iterator_free (elements);
  return agent;
}

static GstElement *
empty_pipeline (void)
{
  return gst_object_ref_sink (gst_pipeline_new ("call"));
}

/**
 * graph_new_from_description:
 * @description: of a whole call, with who calls and who listens
 * @origin: what messages call it
 * @lookup: its values
 * @data: for @lookup
 * @agent: (out) (transfer none): its agent
 * @error: what is wrong
 *
 * Returns: (transfer full) (nullable): a pipeline
 */
GstElement *
graph_new_from_description (GstVoiceDescription * description,
    const gchar * origin, GstVoiceDescriptionLookup lookup, gpointer data,
    GstElement ** agent, GError ** error)
{
  GstElement *content, *pipeline;

  content = gst_voice_description_build (description,
      GST_VOICE_DESCRIPTION_NONE, NULL, lookup, data, error);
  if (!content)
    return NULL;
  pipeline = empty_pipeline ();
  gst_bin_add (GST_BIN (pipeline), content);
  *agent = find_agent (content);
  if (*agent)
    return pipeline;
  g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_FAILED,
      "%s: there is no `voiceagent` in it", origin);
  gst_object_unref (pipeline);
  return NULL;
}

static GstElement *
load (const CallSettings * settings, GstElement ** agent, GError ** error)
{
  GstVoiceDescription *description =
      gst_voice_description_load (settings->persona, error);
  GstElement *pipeline;

  if (!description)
    return NULL;
  pipeline = graph_new_from_description (description, settings->persona,
      look_up, (gpointer) settings, agent, error);
  gst_voice_description_unref (description);
  return pipeline;
}

/* A server must not make us read what the elements take for the name of a
 * secret. */
static gboolean
check_token (const gchar * token, GError ** error)
{
  if (token && !strchr (token, ':'))
    return TRUE;
  g_set_error_literal (error, GST_CORE_ERROR, GST_CORE_ERROR_FAILED,
      "there is no token for the room, or it is none");
  return FALSE;
}

/* The sink finds what it has in common with the source by itself.
 * (transfer none) (nullable): the source */
static GstElement *
surround (const gchar * source_name, const gchar * sink_name,
    GstElement * pipeline, GstElement ** agent, GError ** error)
{
  GstElement *source, *sink;

  source = make (pipeline, source_name, error);
  *agent = source ? make (pipeline, "voiceagent name=voiceagent", error) : NULL;
  sink = *agent ? make (pipeline, sink_name, error) : NULL;
  if (!sink)
    return NULL;
  if (gst_element_link_many (source, *agent, sink, NULL))
    return source;
  set_link_error (error);
  return NULL;
}

static gboolean
fill_room (const GraphRoom * room, GstElement * pipeline, GstElement ** agent,
    GError ** error)
{
  GstElement *source = check_token (room->token, error) ?
      surround ("livekitsrc name=" ROOM_SOURCE, "livekitsink name=" ROOM_SINK,
      pipeline, agent, error) : NULL;

  if (!source)
    return FALSE;
  g_object_set (source, "url", room->url, "token", room->token, NULL);
  if (room->participant)
    g_object_set (source, "follow", room->participant, NULL);
  return TRUE;
}

/**
 * graph_new_in_room:
 * @room: where the call is
 * @agent: (out) (transfer none): its agent, without a persona
 * @error: what is wrong
 *
 * Returns: (transfer full) (nullable): a pipeline
 */
GstElement *
graph_new_in_room (const GraphRoom * room, GstElement ** agent, GError ** error)
{
  GstElement *pipeline = empty_pipeline ();

  if (fill_room (room, pipeline, agent, error))
    return pipeline;
  gst_object_unref (pipeline);
  return NULL;
}

/**
 * graph_new_for_peer:
 * @peer: who calls
 * @agent: (out) (transfer none): its agent, without a persona
 * @error: what is wrong
 *
 * Returns: (transfer full) (nullable): a pipeline
 */
GstElement *
graph_new_for_peer (const GraphPeer * peer, GstElement ** agent,
    GError ** error)
{
  GstElement *pipeline = empty_pipeline ();
  GstElement *source = surround ("voicertcsrc name=" ROOM_SOURCE,
      "voicertcsink name=" ROOM_SINK, pipeline, agent, error);

  if (source) {
    g_object_set (source, "offer", peer->offer, "stun-server",
        peer->stun_server, "min-port", peer->min_port, "max-port",
        peer->max_port, "loopback", peer->loopback, NULL);
    return pipeline;
  }
  gst_object_unref (pipeline);
  return NULL;
}

/**
 * graph_leave:
 * @pipeline: that graph_new_for_peer() has made
 *
 * The caller has left.
 */
void
graph_leave (GstElement * pipeline)
{
  GstElement *source = gst_bin_get_by_name (GST_BIN (pipeline), ROOM_SOURCE);

  g_signal_emit_by_name (source, "leave");
  gst_object_unref (source);
}

/**
 * graph_join:
 * @pipeline: that graph_new_in_room() or graph_new_for_peer() has made, in NULL
 *
 * Begins to join the room, or to answer. The agent is built while the server is
 * thinking: recognisers take their time to load.
 */
void
graph_join (GstElement * pipeline)
{
  GstElement *source = gst_bin_get_by_name (GST_BIN (pipeline), ROOM_SOURCE);
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), ROOM_SINK);

  /* The source knows where the room is. It must not negotiate yet. What fails
   * here fails again when the pipeline is started. */
  gst_element_set_state (source, GST_STATE_READY);
  gst_element_set_state (sink, GST_STATE_PAUSED);
  gst_object_unref (source);
  gst_object_unref (sink);
}

/* Whether that is a description of a whole call, and not a persona. */
gboolean
graph_is_description (const gchar * path)
{
  return g_str_has_suffix (path, ".launch");
}

/**
 * graph_new:
 * @settings: with what the call is played
 * @agent: (out) (transfer none): its agent
 * @error: what is wrong
 *
 * Returns: (transfer full) (nullable): a pipeline
 */
GstElement *
graph_new (const CallSettings * settings, GstElement ** agent, GError ** error)
{
  GstElement *pipeline;

  if (graph_is_description (settings->persona))
    return load (settings, agent, error);
  pipeline = empty_pipeline ();
  if (fill (settings, pipeline, agent, error))
    return pipeline;
  gst_object_unref (pipeline);
  return NULL;
}
