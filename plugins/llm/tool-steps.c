/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * When the model is asked again: which calls belong to one of its answers, and
 * how many of them have no result yet.
 *
 * Threads: any. Locks: the runner's guards it.
 */
#include "tool-steps.h"

#include <string.h>

static ToolStep *
find (ToolSteps * steps, const ToolCall * call)
{
  for (guint i = 0; i < steps->n; i++) {
    ToolStep *step = &steps->steps[i];

    if (step->turn == call->turn && step->speech == call->speech
        && step->step == call->step)
      return step;
  }
  return NULL;
}

static void
remove_at (ToolSteps * steps, guint index)
{
  steps->n--;
  memmove (&steps->steps[index], &steps->steps[index + 1],
      (steps->n - index) * sizeof (ToolStep));
}

/**
 * tool_steps_join:
 * @steps: the steps
 * @call: a call that is accepted
 *
 * The oldest step is forgotten if there are too many.
 */
void
tool_steps_join (ToolSteps * steps, const ToolCall * call)
{
  if (find (steps, call))
    return;
  if (steps->n == TOOL_MAX_STEPS)
    remove_at (steps, 0);
  steps->steps[steps->n++] = (ToolStep) {
  .turn = call->turn,.speech = call->speech,.step = call->step,.left =
        call->calls};
}

/**
 * tool_steps_leave:
 * @steps: the steps
 * @call: a call that is over
 *
 * Returns: whether the model will be asked again now
 */
gboolean
tool_steps_leave (ToolSteps * steps, const ToolCall * call)
{
  ToolStep *step = find (steps, call);
  gboolean goes_on;

  if (!step)
    return !call->last && !call->orphan;
  step->last |= call->last;
  if (--step->left > 0)
    return FALSE;
  goes_on = !step->last && !call->orphan;
  remove_at (steps, step - steps->steps);
  return goes_on;
}
