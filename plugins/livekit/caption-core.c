/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which streams of text make captions of what is told as growing texts.
 *
 * Threads: one at a time. Locks: none.
 */
#include "caption-core.h"

#include <string.h>

struct _CaptionCore
{
  gchar *prefix;
  guint open;                   /* number of the agent's segment, or 0 */
  gchar *written;               /* of it */
  guint closed;                 /* the latest that was */
  guint said;                   /* the caller's latest segment */
  gchar *wording;               /* of that one */
  gboolean said_final;
  GQueue actions;
};

/**
 * caption_core_new:
 * @prefix: of the segments' ids, unique in the room
 *
 * Returns: (transfer full): a core without segments
 */
CaptionCore *
caption_core_new (const gchar * prefix)
{
  CaptionCore *core = g_new0 (CaptionCore, 1);

  core->prefix = g_strdup (prefix);
  g_queue_init (&core->actions);
  return core;
}

/**
 * caption_action_free:
 * @action: (transfer full) (nullable): an action
 */
void
caption_action_free (CaptionAction * action)
{
  if (!action)
    return;
  g_free (action->segment);
  g_free (action->text);
  g_free (action);
}

/**
 * caption_core_free:
 * @core: (transfer full) (nullable): a core
 */
void
caption_core_free (CaptionCore * core)
{
  if (!core)
    return;
  g_queue_clear_full (&core->actions, (GDestroyNotify) caption_action_free);
  g_free (core->prefix);
  g_free (core->written);
  g_free (core->wording);
  g_free (core);
}

/**
 * caption_core_pop:
 * @core: a core
 *
 * Returns: (transfer full) (nullable): what is to be done next
 */
CaptionAction *
caption_core_pop (CaptionCore * core)
{
  return g_queue_pop_head (&core->actions);
}

static void
act (CaptionCore * core, CaptionType type, gchar who, guint id,
    const gchar * text, gboolean final)
{
  CaptionAction *action = g_new0 (CaptionAction, 1);

  action->type = type;
  action->segment = g_strdup_printf ("%s%c%u", core->prefix, who, id);
  action->text = g_strdup (text);
  action->final = final;
  g_queue_push_tail (&core->actions, action);
}

/**
 * caption_core_user:
 * @core: a core
 * @id: of the segment
 * @text: all of its words
 * @final: whether these will not change any more
 */
void
caption_core_user (CaptionCore * core, guint id, const gchar * text,
    gboolean final)
{
  gboolean same = id == core->said && core->wording
      && strcmp (core->wording, text) == 0;

  if ((same && (!final || core->said_final)) || (!*text && !final))
    return;
  core->said = id;
  core->said_final = final;
  g_free (core->wording);
  core->wording = g_strdup (text);
  act (core, CAPTION_SEND, 'u', id, text, final);
}

static void
close_segment (CaptionCore * core, gboolean final)
{
  if (core->open == 0)
    return;
  act (core, CAPTION_CLOSE, 'a', core->open, NULL, final);
  if (final)
    core->closed = core->open;
  core->open = 0;
  g_clear_pointer (&core->written, g_free);
}

/**
 * caption_core_agent:
 * @core: a core
 * @id: of the segment
 * @text: what was said of it so far
 * @final: whether that is all
 *
 * What has been written cannot be taken back: a text that does not go on with
 * it begins the segment's stream anew.
 */
void
caption_core_agent (CaptionCore * core, guint id, const gchar * text,
    gboolean final)
{
  if (id == core->closed)
    return;
  if (core->open != id)
    close_segment (core, TRUE);
  if (core->open == id && !g_str_has_prefix (text, core->written))
    close_segment (core, FALSE);
  if (core->open != id && !*text)
    return;
  if (core->open != id) {
    act (core, CAPTION_OPEN, 'a', id, NULL, FALSE);
    core->open = id;
    core->written = g_strdup ("");
  }
  if (strlen (text) > strlen (core->written)) {
    act (core, CAPTION_WRITE, 'a', id, text + strlen (core->written), FALSE);
    g_free (core->written);
    core->written = g_strdup (text);
  }
  if (final)
    close_segment (core, TRUE);
}

/**
 * caption_core_end:
 * @core: a core
 *
 * Nothing more will be said.
 */
void
caption_core_end (CaptionCore * core)
{
  close_segment (core, TRUE);
}
