/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The defaults of taking turns.
 *
 * Threads: any. Locks: none.
 */
#include "turn-core.h"

/**
 * turn_config_init:
 * @config: (out): is given the defaults of docs/turn-taking.md
 */
void
turn_config_init (TurnConfig * config)
{
  *config = (TurnConfig) {
  .mode = TURN_MODE_VAD,.delay_complete =
        TURN_MS (TURN_DELAY_COMPLETE_MS),.delay_unknown =
        TURN_MS (TURN_DELAY_UNKNOWN_MS),.delay_incomplete =
        TURN_MS (TURN_DELAY_INCOMPLETE_MS),.final_wait =
        TURN_MS (TURN_FINAL_WAIT_MS),.stt_wait =
        TURN_MS (TURN_STT_WAIT_MS),.await_voiced =
        TURN_MS (TURN_AWAIT_VOICED_MS),.run_min =
        TURN_MS (TURN_RUN_MIN_MS),.stt_interims = TRUE,.hold_after =
        TURN_MS (TURN_HOLD_AFTER_MS),.interrupt_after =
        TURN_MS (TURN_INTERRUPT_AFTER_MS),.interrupt_on =
        TURN_INTERRUPT_ON_WORDS,.false_interruption =
        TURN_MS (TURN_FALSE_INTERRUPTION_MS),.answer_window =
        TURN_MS (TURN_ANSWER_WINDOW_MS),.stuck_after =
        TURN_MS (TURN_STUCK_AFTER_MS),.stuck_after_finals =
        TURN_MS (TURN_STUCK_AFTER_FINALS_MS),.stale_words =
        TURN_MS (TURN_STALE_WORDS_MS),.max_turn =
        TURN_MS (TURN_MAX_TURN_MS),.late_final =
        TURN_MS (TURN_LATE_FINAL_MS),.unheard_after =
        TURN_MS (TURN_UNHEARD_MS),.unheard_limit =
        TURN_UNHEARD_LIMIT,.preemptive = TRUE,.preemptive_tries =
        TURN_PREEMPTIVE_TRIES,.preemptive_length =
        TURN_MS (TURN_PREEMPTIVE_LENGTH_MS),.disconnect_wait =
        TURN_MS (TURN_DISCONNECT_WAIT_MS),.drain =
        TURN_MS (TURN_DRAIN_MS),.hangup_drain =
        TURN_MS (TURN_HANGUP_DRAIN_MS),.goodbye_grace =
        TURN_MS (TURN_GOODBYE_GRACE_MS),.filler_after =
        TURN_MS (TURN_FILLER_AFTER_MS),.say_wait =
        TURN_MS (TURN_SAY_WAIT_MS),.first_turn = 1,};
}
