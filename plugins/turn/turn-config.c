/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The defaults of taking turns.
 *
 * Threads: any. Locks: none.
 */
#include "turn-core.h"

#include <string.h>

/**
 * turn_config_init:
 * @config: (out): is given the defaults of docs/turn-taking.md
 */
void
turn_config_init (TurnConfig * config)
{
  memset (config, 0, sizeof *config);
  config->mode = TURN_MODE_VAD;
  config->delay_complete = TURN_MS (TURN_DELAY_COMPLETE_MS);
  config->delay_unknown = TURN_MS (TURN_DELAY_UNKNOWN_MS);
  config->delay_incomplete = TURN_MS (TURN_DELAY_INCOMPLETE_MS);
  config->final_wait = TURN_MS (TURN_FINAL_WAIT_MS);
  config->stt_wait = TURN_MS (TURN_STT_WAIT_MS);
  config->await_voiced = TURN_MS (TURN_AWAIT_VOICED_MS);
  config->run_min = TURN_MS (TURN_RUN_MIN_MS);
  config->stt_interims = TRUE;
  config->hold_after = TURN_MS (TURN_HOLD_AFTER_MS);
  config->interrupt_after = TURN_MS (TURN_INTERRUPT_AFTER_MS);
  config->interrupt_on = TURN_INTERRUPT_ON_WORDS;
  config->false_interruption = TURN_MS (TURN_FALSE_INTERRUPTION_MS);
  config->answer_window = TURN_MS (TURN_ANSWER_WINDOW_MS);
  config->stuck_after = TURN_MS (TURN_STUCK_AFTER_MS);
  config->stuck_after_finals = TURN_MS (TURN_STUCK_AFTER_FINALS_MS);
  config->stale_words = TURN_MS (TURN_STALE_WORDS_MS);
  config->max_turn = TURN_MS (TURN_MAX_TURN_MS);
  config->late_final = TURN_MS (TURN_LATE_FINAL_MS);
  config->unheard_after = TURN_MS (TURN_UNHEARD_MS);
  config->unheard_limit = TURN_UNHEARD_LIMIT;
  config->preemptive = TRUE;
  config->preemptive_tries = TURN_PREEMPTIVE_TRIES;
  config->preemptive_length = TURN_MS (TURN_PREEMPTIVE_LENGTH_MS);
  config->disconnect_wait = TURN_MS (TURN_DISCONNECT_WAIT_MS);
  config->drain = TURN_MS (TURN_DRAIN_MS);
  config->hangup_drain = TURN_MS (TURN_HANGUP_DRAIN_MS);
  config->goodbye_grace = TURN_MS (TURN_GOODBYE_GRACE_MS);
  config->filler_after = TURN_MS (TURN_FILLER_AFTER_MS);
  config->say_wait = TURN_MS (TURN_SAY_WAIT_MS);
  config->dtmf_timeout = TURN_MS (TURN_DTMF_TIMEOUT_MS);
  config->dtmf_end = TURN_DTMF_END;
  config->first_turn = 1;
}
