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

static gboolean
is_quiet (const QuietCore * core)
{
  return !core->sounding && !core->playout && core->tools == 0;
}

static QuietAction
act (QuietCore * core)
{
  if (core->over || core->timeout <= 0 || core->turn || !is_quiet (core)
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
    *(core->turn ? &core->aside : &core->quiet) += duration;
  return act (core);
}

/* What `vad` says, and how long @ago it was in the sound that has arrived. */
void
quiet_core_sound (QuietCore * core, QuietSound sound, gint64 ago)
{
  gint64 *counter = core->turn ? &core->aside : &core->quiet;
  gboolean on = sound == QUIET_SOUND_START || sound == QUIET_SOUND_MORE;

  ago = MAX (0, ago);
  if (core->distrusted) {
    core->distrusted = sound != QUIET_SOUND_STOP;
    return;
  }
  if (on == core->sounding)
    return;
  if (on && is_quiet (core))
    *counter = MAX (0, *counter - ago);
  core->sounding = on;
  if (!on && is_quiet (core))
    *counter += ago;
}

static void
distrust (QuietCore * core)
{
  core->distrusted = core->sounding;
  core->sounding = FALSE;
}

/* A turn that is closed without having been committed was no words: its sound,
 * which may still go on, is not speech, and the silence after it counts. */
static void
turn_closed (QuietCore * core)
{
  core->quiet += core->aside;
  core->aside = 0;
  distrust (core);
}

void
quiet_core_busy (QuietCore * core, QuietWho who, gboolean busy)
{
  switch (who) {
    case QUIET_TURN:
      if (core->turn && !busy)
        turn_closed (core);
      core->turn = busy;
      break;
    case QUIET_TOOL:
      if (busy)
        core->tools++;
      else if (core->tools > 0 && --core->tools == 0)
        core->quiet = core->aside = 0;
      break;
    case QUIET_PLAYOUT:
      core->playout = busy;
      break;
  }
}

/* The caller has said something: everything begins anew. */
void
quiet_core_turn (QuietCore * core)
{
  core->quiet = core->aside = 0;
  core->reminders_given = 0;
  distrust (core);
}

/* A speech of the agent is over, whether or not all of it was heard. */
void
quiet_core_heard (QuietCore * core)
{
  core->quiet = core->aside = 0;
}
