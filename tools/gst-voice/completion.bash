# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What bash completes behind `gst-voice`; needs nothing but bash. Installed as
# bash-completion/completions/gst-voice.

# _gst_voice_words WORD…: those that begin with what is there.
_gst_voice_words () {
  mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$*" -- "$cur")
}

# _gst_voice_files PATTERN: files of an extglob pattern, and folders.
_gst_voice_files () {
  local IFS=$'\n' glob
  glob=$(shopt -p extglob)
  shopt -s extglob
  mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(
    { compgen -f -X "!$1" -- "$cur"; compgen -d -- "$cur"; } | sort -u)
  eval "$glob"
  compopt -o filenames 2>/dev/null || :
}

# _gst_voice_value VERB OPTION: completes its value; 1 if it has none.
_gst_voice_value () {
  case "$1 $2" in
    run\ --caller|run\ -c)
      _gst_voice_words mic silence; _gst_voice_files '*.@(wav|caller)' ;;
    run\ --speaker|run\ -s)
      _gst_voice_words auto none; _gst_voice_files '*.wav' ;;
    run\ --record|run\ -r) _gst_voice_files '*.@(wav|ogg|oga|opus)' ;;
    run\ --db|run\ -d) _gst_voice_words none; _gst_voice_files '*.db' ;;
    serve\ --tls-cert|serve\ --tls-key) _gst_voice_files '*.@(pem|crt|key)' ;;
    serve\ --db|serve\ -d) _gst_voice_words none; _gst_voice_files '*.db' ;;
    serve\ --log) _gst_voice_words json text ;;
    serve\ --log-level) _gst_voice_words debug info warning error ;;
    serve\ --listen|serve\ -l|serve\ --token|serve\ -t|serve\ --ports) ;;
    serve\ --max-calls|serve\ -m|serve\ --stun) ;;
    chat\ --db|chat\ -d) _gst_voice_words none; _gst_voice_files '*.db' ;;
    chat\ --set) ;;
    eval\ --persona|eval\ -p) _gst_voice_files '!(*.@(script|schema)).json' ;;
    eval\ --junit) _gst_voice_files '*.xml' ;;
    eval\ --from-journal) _gst_voice_words last; _gst_voice_files '*.jsonl' ;;
    eval\ --output|eval\ -o) _gst_voice_files '*.json' ;;
    eval\ --db|eval\ -d) _gst_voice_files '*.db' ;;
    eval\ --jobs|eval\ -j|eval\ --timeout|eval\ -t) ;;
    worker\ --persona|worker\ -p) _gst_voice_files '!(*.@(script|schema)).json' ;;
    worker\ --rules) _gst_voice_files '*.json' ;;
    worker\ --db|worker\ -d) _gst_voice_words none; _gst_voice_files '*.db' ;;
    worker\ --http) _gst_voice_words off ;;
    worker\ --job) _gst_voice_words room publisher both ;;
    worker\ --log) _gst_voice_words json text ;;
    worker\ --log-level) _gst_voice_words debug info warning error ;;
    worker\ --ca-file) _gst_voice_files '*' ;;
    worker\ --url|worker\ --agent-name|worker\ -n|worker\ --load-limit) ;;
    worker\ --max-calls|worker\ --memory-limit|worker\ --drain-timeout) ;;
    worker\ --max-retry|worker\ --name|ctl\ --worker|ctl\ -w) ;;
    token\ --room|token\ -r|token\ --identity|token\ -i|token\ --name) ;;
    token\ -n|token\ --metadata|token\ -m|token\ --ttl|token\ -t) ;;
    ctl\ --socket) _gst_voice_files '*.sock' ;;
    calls*\ --db|report\ --db|outbox*\ --db|outbox*\ -d)
      _gst_voice_files '*.db' ;;
    outbox*\ --state|outbox*\ -s) _gst_voice_words waiting delivered dead ;;
    run\ --webhook|worker\ --webhook) _gst_voice_words https:// ;;
    run\ --webhook-secret|worker\ --webhook-secret)
      _gst_voice_words env: file: ;;
    calls-list\ --since) _gst_voice_words today yesterday ;;
    calls-list\ --reason)
      _gst_voice_words completed disconnected inactivity limit budget \
        application error crashed ;;
    calls-export\ --format) _gst_voice_words json conversation text jsonl ;;
    calls-export\ --output) _gst_voice_files '*' ;;
    run\ --otlp-endpoint|worker\ --otlp-endpoint) ;;
    run\ --set|calls-list\ --persona|calls-list\ --caller|calls-list\ --limit)
      ;;
    *) return 1 ;;
  esac
}

_gst_voice_options () {
  case $1 in
    '') echo --help --version ;;
    run)
      echo --caller= --speaker= --record= --db= --json --set= --webhook= \
        --webhook-secret= --simulate --quiet --otlp-endpoint= --otlp-content \
        --help --help-all --help-gst ;;
    check) echo --online --help --help-all --help-gst ;;
    serve)
      echo --listen= --tls-cert= --tls-key= --token= --max-calls= --db= \
        --stun= --ports= --log= --log-level= --help --help-all --help-gst ;;
    chat)
      echo --db= --json --set= --quiet --help --help-all --help-gst ;;
    eval)
      echo --persona= --audio --real-time --jobs= --timeout= --junit= --quiet \
        --from-journal= --output= --db= --help --help-all --help-gst ;;
    worker)
      echo --persona= --rules= --agent-name= --url= --job= --load-limit= \
        --max-calls= --memory-limit= --db= --webhook= --webhook-secret= \
        --http= --drain-timeout= --max-retry= --name= --otlp-endpoint= \
        --otlp-content --ca-file= --log= --log-level= --help --help-all \
        --help-gst ;;
    ctl) echo --worker= --socket= --json --help ;;
    token) echo --room= --identity= --name= --metadata= --ttl= --help ;;
    calls) echo --help ;;
    report) echo --db= --json --help ;;
    calls-list)
      echo --db= --since= --persona= --caller= --reason= --limit= --json \
        --help ;;
    calls-show) echo --db= --json --help ;;
    calls-export) echo --db= --format= --output= --help ;;
    calls-delete) echo --db= --yes --recordings --help ;;
    outbox) echo --help ;;
    outbox-list) echo --db= --state= --json --help ;;
    outbox-show) echo --db= --json --help ;;
    outbox-replay) echo --db= --dead --help ;;
    outbox-drop) echo --db= --help ;;
  esac
}

_gst_voice () {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local verb=

  COMPREPLY=()
  [ "$COMP_CWORD" -lt 2 ] || verb=${COMP_WORDS[1]}
  if [[ $verb == @(calls|outbox) ]] && [ "$COMP_CWORD" -gt 2 ]; then
    verb=$verb-${COMP_WORDS[2]}
  fi
  # `--option=value` comes in three words.
  if [ "$cur" = = ]; then
    cur=
  elif [ "$prev" = = ]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if _gst_voice_value "$verb" "$prev"; then
    return
  fi
  if [[ $cur == -* ]]; then
    _gst_voice_words "$(_gst_voice_options "$verb")"
    # A value follows at once.
    [[ ${COMPREPLY[*]} != *= ]] || compopt -o nospace 2>/dev/null
    return
  fi
  case $verb in
    '')
      _gst_voice_words run chat check eval calls outbox report serve worker ctl \
        token ;;
    ctl) [ "$COMP_CWORD" -gt 2 ] ||
      _gst_voice_words list health say inject end dump ;;
    calls) _gst_voice_words list show export delete ;;
    outbox) _gst_voice_words list show replay drop ;;
    calls-show|calls-export|calls-delete) _gst_voice_words last ;;
    report) _gst_voice_words last; _gst_voice_files '*.jsonl' ;;
    run|chat|serve) _gst_voice_files '!(*.@(script|schema)).json' ;;
    eval) _gst_voice_files '*.json' ;;
    check) _gst_voice_files '@(*.launch|*.caller|!(*.schema).json)' ;;
  esac
}

complete -F _gst_voice gst-voice
