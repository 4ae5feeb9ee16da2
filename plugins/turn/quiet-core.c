/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How long nothing has been said.
 *
 * Threads and locks: the element's lock guards a core.
 */
#include "quiet-core.h"

#include <string.h>

void
quiet_core_init (QuietCore * core, gint64 timeout, guint reminders)
{
  memset (core, 0, sizeof *core);
  quiet_core_set (core, timeout, reminders);
}

void
quiet_core_set (QuietCore * core, gint64 timeout, guint reminders)
{
  core->timeout = timeout;
  core->reminders = reminders;
}

/* Where there is a `turn`, it knows of everything that is going on. */
static gboolean
is_quiet (const QuietCore * core)
{
  if (core->closed)
    return TRUE;
  return core->arbitrated ? !core->turn :
      !core->sounding && !core->playout && core->tools == 0;
}

static QuietAction
act (QuietCore * core)
{
  if (core->over || core->timeout <= 0 || !is_quiet (core)
      || core->quiet < core->timeout)
    return QUIET_NOTHING;
  core->quiet = 0;
  if (core->reminders_given < core->reminders) {
    core->reminders_given++;
    return QUIET_REMIND;
  }
  core->over = TRUE;
  return QUIET_HANG_UP;
}

/* So much sound has arrived. */
QuietAction
quiet_core_audio (QuietCore * core, gint64 duration)
{
  if (is_quiet (core))
    core->quiet += duration;
  return act (core);
}

/* What `vad` says, and how long @ago it was in the sound that has arrived. */
void
quiet_core_sound (QuietCore * core, QuietSound sound, gint64 ago)
{
  gboolean on = sound == QUIET_SOUND_START || sound == QUIET_SOUND_MORE;

  if (core->arbitrated || on == core->sounding)
    return;
  ago = MAX (0, ago);
  if (on && is_quiet (core))
    core->quiet = MAX (0, core->quiet - ago);
  core->sounding = on;
  if (!on && is_quiet (core) && !core->closed)
    core->quiet += ago;
}

/* Something is going on since @ago. */
void
quiet_core_turn_busy (QuietCore * core, gint64 ago)
{
  if (is_quiet (core))
    core->quiet = MAX (0, core->quiet - MAX (0, ago));
  core->arbitrated = core->turn = TRUE;
}

/* Nothing is going on since @ago; @reset: it counts from there. */
void
quiet_core_turn_idle (QuietCore * core, gint64 ago, gboolean reset)
{
  if (reset)
    core->quiet = 0;
  if (core->turn && !core->closed)
    core->quiet += MAX (0, ago);
  core->arbitrated = TRUE;
  core->turn = FALSE;
}

void
quiet_core_playout (QuietCore * core, gboolean busy)
{
  core->playout = busy;
}

void
quiet_core_tool (QuietCore * core, gboolean busy)
{
  if (busy)
    core->tools++;
  else if (core->tools > 0 && --core->tools == 0 && !core->arbitrated)
    core->quiet = 0;
}

/* The caller has said something: everything begins anew. */
void
quiet_core_turn (QuietCore * core)
{
  core->quiet = 0;
  core->reminders_given = 0;
}

/* Whether somebody is there to hear the agent. */
void
quiet_core_far (QuietCore * core, gboolean open)
{
  if (core->closed == !open)
    return;
  core->closed = !open;
  quiet_core_turn (core);
}

/* A speech of the agent is over, whether or not all of it was heard. */
void
quiet_core_heard (QuietCore * core)
{
  core->quiet = 0;
}
