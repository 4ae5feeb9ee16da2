/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What an interruption or a withdrawn turn makes obsolete, however late it
 * comes.
 *
 * Threads and locks: the owner's lock guards a filter and the marks.
 */
#include "filter.h"

#include "events.h"

#include <string.h>

/**
 * gst_voice_filter_init:
 * @filter: a filter
 * @generation: the session's, for a stage that starts late
 */
void
gst_voice_filter_init (GstVoiceFilter * filter, guint generation)
{
  memset (filter, 0, sizeof *filter);
  filter->below = generation;
}

/**
 * gst_voice_filter_event:
 * @filter: a filter
 * @event: any event
 *
 * Returns: whether the filter drops more from now on
 */
gboolean
gst_voice_filter_event (GstVoiceFilter * filter, GstEvent * event)
{
  const GstStructure *s = gst_voice_event_parse (event);
  guint generation;

  if (!s)
    return FALSE;
  if (gst_structure_has_name (s, "voice/interrupt")) {
    generation = gst_voice_structure_uint (s, "generation");
    filter->below = MAX (filter->below, generation);
    if (gst_voice_structure_boolean (s, "force"))
      filter->forced_below = MAX (filter->forced_below, generation);
    return TRUE;
  }
  if (gst_structure_has_name (s, "voice/withdraw")) {
    filter->withdrawn[filter->n_withdrawn++ % GST_VOICE_FILTER_WITHDRAWN] =
        gst_voice_structure_uint (s, "turn");
    return TRUE;
  }
  return FALSE;
}

/**
 * gst_voice_filter_passes:
 * @filter: a filter
 * @mark: of a buffer or event
 *
 * Returns: whether it may go on
 */
gboolean
gst_voice_filter_passes (const GstVoiceFilter * filter,
    const GstVoiceMark * mark)
{
  if (mark->generation < filter->forced_below)
    return FALSE;
  if (mark->generation < filter->below
      && !(mark->flags & GST_VOICE_FLAG_UNINTERRUPTIBLE))
    return FALSE;
  for (guint i = 0; mark->turn && i < GST_VOICE_FILTER_WITHDRAWN; i++) {
    if (filter->withdrawn[i] == mark->turn)
      return FALSE;
  }
  return TRUE;
}

/**
 * gst_voice_mark_buffer:
 * @mark: (out): the mark of the buffer
 * @buffer: a buffer
 * @current: that of the last `voice/speech`, to which a buffer without a meta
 *   belongs
 */
void
gst_voice_mark_buffer (GstVoiceMark * mark, GstBuffer * buffer,
    const GstVoiceMark * current)
{
  const GstVoiceMeta *meta = gst_voice_meta_get (buffer);

  if (meta)
    *mark = (GstVoiceMark) {
    meta->generation, meta->turn, meta->flags};
  else
  *mark = *current;
}

/**
 * gst_voice_mark_event:
 * @mark: (out): the mark of the event
 * @event: a serialized event
 * @current: (inout): renewed by `voice/speech`
 *
 * Returns: whether the event can become obsolete at all
 */
gboolean
gst_voice_mark_event (GstVoiceMark * mark, GstEvent * event,
    GstVoiceMark * current)
{
  const GstStructure *s = gst_voice_event_parse (event);

  if (!s)
    return FALSE;
  mark->generation = gst_voice_structure_uint (s, "generation");
  mark->turn = gst_voice_structure_uint (s, "turn");
  mark->flags = current->flags;
  if (gst_structure_has_name (s, "voice/speech")) {
    mark->flags = gst_voice_structure_boolean (s, "interruptible") ?
        GST_VOICE_FLAG_NONE : GST_VOICE_FLAG_UNINTERRUPTIBLE;
    *current = *mark;
    return TRUE;
  }
  if (gst_structure_has_name (s, "voice/say")) {
    mark->flags = gst_voice_structure_boolean (s, "interruptible") ?
        GST_VOICE_FLAG_NONE : GST_VOICE_FLAG_UNINTERRUPTIBLE;
    return TRUE;
  }
  if (gst_structure_has_name (s, "voice/speech-end")) {
    mark->turn = current->turn;
    return TRUE;
  }
  if (gst_structure_has_name (s, "voice/tool-call")) {
    mark->flags = GST_VOICE_FLAG_NONE;
    return TRUE;
  }
  return FALSE;
}
