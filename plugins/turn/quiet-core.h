/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* How long nothing has been said: the arithmetic of `inactivity` (R16 of
 * docs/turn-taking.md). Times are nanoseconds of running time.
 *
 * Quiet time adds up only with sound that arrives, while the caller is silent,
 * no turn is open or in thought, no tool runs and nothing plays. A sound that
 * turns out to be no words stops it for its own length only: what came after
 * its end is put aside until that is known.
 *
 * While nobody is there to hear the agent, all time is quiet but for what the
 * caller says: what waits to be said is no reason to wait for ever. */

typedef enum
{
  QUIET_NOTHING,
  QUIET_REMIND,                 /* core->reminders_given says which */
  QUIET_HANG_UP,
} QuietAction;

typedef enum
{
  QUIET_SOUND_START,
  QUIET_SOUND_PAUSE,
  QUIET_SOUND_MORE,
  QUIET_SOUND_STOP,
} QuietSound;

typedef struct
{
  gint64 timeout;               /* 0 = off */
  guint reminders;              /* before hanging up */

  gint64 quiet;                 /* so far */
  gboolean sounding;            /* the caller makes a sound that counts */
  gboolean arbitrated;          /* `turn` tells what is going on */
  gboolean turn, playout;       /* busy */
  gboolean closed;              /* nobody hears the agent */
  guint tools;
  guint reminders_given;
  gboolean over;                /* has hung up */
} QuietCore;

void quiet_core_init (QuietCore * core, gint64 timeout, guint reminders);
void quiet_core_set (QuietCore * core, gint64 timeout, guint reminders);
QuietAction quiet_core_audio (QuietCore * core, gint64 duration);
void quiet_core_sound (QuietCore * core, QuietSound sound, gint64 ago);
void quiet_core_turn_busy (QuietCore * core, gint64 ago);
void quiet_core_turn_idle (QuietCore * core, gint64 ago, gboolean reset);
void quiet_core_playout (QuietCore * core, gboolean busy);
void quiet_core_tool (QuietCore * core, gboolean busy);
void quiet_core_far (QuietCore * core, gboolean open);
void quiet_core_turn (QuietCore * core);
void quiet_core_heard (QuietCore * core);
