# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_candor_global_optspecs
    string join \n config= h/help V/version
end

function __fish_candor_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_candor_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_candor_using_subcommand
    set -l cmd (__fish_candor_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c candor -n "__fish_candor_needs_command" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_needs_command" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_needs_command" -s V -l version -d 'Print version'
complete -c candor -n "__fish_candor_needs_command" -f -a "serve" -d 'Serve the site (the default)'
complete -c candor -n "__fish_candor_needs_command" -f -a "demo" -d 'Serve a demonstration with an invented organisation and a clock that you move'
complete -c candor -n "__fish_candor_needs_command" -f -a "verify" -d 'Check the whole record, perhaps of a copy, and print what is in it. Nothing is written'
complete -c candor -n "__fish_candor_needs_command" -f -a "backup" -d 'Make a backup, straight after a batch, and remove old ones. The site may be running'
complete -c candor -n "__fish_candor_needs_command" -f -a "restore" -d 'Restore a backup into an empty database, and destroy what should be gone by now'
complete -c candor -n "__fish_candor_needs_command" -f -a "move" -d 'Move everything into an empty database, of the same kind or the other. The site must be stopped'
complete -c candor -n "__fish_candor_needs_command" -f -a "measures" -d 'Print a quarter\'s joint measures as they were published. Nothing is written'
complete -c candor -n "__fish_candor_needs_command" -f -a "check" -d 'Look at a deployment as it runs, from this machine and through its proxy, and say what is wrong. Changes nothing'
complete -c candor -n "__fish_candor_needs_command" -f -a "ready" -d 'Ask the site on this machine whether it should be sent visitors, and print its word. Ends with 0 if it should'
complete -c candor -n "__fish_candor_needs_command" -f -a "admin" -d 'Do what the administrator\'s pages do, signed in as an administrator. The site may be running'
complete -c candor -n "__fish_candor_needs_command" -f -a "rotate-service-key" -d 'Seal everything under the service key that rests under the previous one; the site may run meanwhile'
complete -c candor -n "__fish_candor_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c candor -n "__fish_candor_using_subcommand serve" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand serve" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_using_subcommand demo" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand demo" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_using_subcommand verify" -l heads -d 'A file of heads that were kept outside; unless given, the one of the setting heads_file' -r -F
complete -c candor -n "__fish_candor_using_subcommand verify" -l backup -d 'Check a backup in place of the deployment; it is opened into a private folder that is removed afterwards' -r -F
complete -c candor -n "__fish_candor_using_subcommand verify" -l key -d 'The file with the private half of the backup key' -r -F
complete -c candor -n "__fish_candor_using_subcommand verify" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand verify" -l json -d 'Print one JSON object'
complete -c candor -n "__fish_candor_using_subcommand verify" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_using_subcommand backup; and not __fish_seen_subcommand_from new-key help" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand backup; and not __fish_seen_subcommand_from new-key help" -l wait -d 'Wait for the next batch if this is not straight after one'
complete -c candor -n "__fish_candor_using_subcommand backup; and not __fish_seen_subcommand_from new-key help" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_using_subcommand backup; and not __fish_seen_subcommand_from new-key help" -f -a "new-key" -d 'Make a pair of keys: on a machine that is never connected, best. Backups are sealed to the public half; only the private half opens them'
complete -c candor -n "__fish_candor_using_subcommand backup; and not __fish_seen_subcommand_from new-key help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c candor -n "__fish_candor_using_subcommand backup; and __fish_seen_subcommand_from new-key" -l private -d 'Where to write the private half; it never goes to the machine that runs the site' -r -F
complete -c candor -n "__fish_candor_using_subcommand backup; and __fish_seen_subcommand_from new-key" -l public -d 'Where to write the public half; the setting backup_key_file names it' -r -F
complete -c candor -n "__fish_candor_using_subcommand backup; and __fish_seen_subcommand_from new-key" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand backup; and __fish_seen_subcommand_from new-key" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_using_subcommand backup; and __fish_seen_subcommand_from help" -f -a "new-key" -d 'Make a pair of keys: on a machine that is never connected, best. Backups are sealed to the public half; only the private half opens them'
complete -c candor -n "__fish_candor_using_subcommand backup; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c candor -n "__fish_candor_using_subcommand restore" -l key -d 'The file with the private half of the backup key. Take it away again afterwards' -r -F
complete -c candor -n "__fish_candor_using_subcommand restore" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand restore" -l expired -d 'Restore it though its thirty days are over: it may hold what was destroyed since'
complete -c candor -n "__fish_candor_using_subcommand restore" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_using_subcommand move" -l to -d 'Where to: what the setting database will be, sqlite or a PostgreSQL address' -r
complete -c candor -n "__fish_candor_using_subcommand move" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand move" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_using_subcommand measures" -l quarter -d 'Which quarter, for example 2026-Q2; unless given, the last that was published' -r
complete -c candor -n "__fish_candor_using_subcommand measures" -l format -r -f -a "text\t'Sentences and tables, to read'
html\t'The quarterly report as one page that needs nothing besides itself, with its charts; to print or to send'
json\t''
csv\t''"
complete -c candor -n "__fish_candor_using_subcommand measures" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand measures" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c candor -n "__fish_candor_using_subcommand check" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand check" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_using_subcommand ready" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand ready" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_using_subcommand admin; and not __fish_seen_subcommand_from organisation people roster invite bar access-phrase help" -l as -d 'Sign-in name of the administrator; asked for unless it is given' -r
complete -c candor -n "__fish_candor_using_subcommand admin; and not __fish_seen_subcommand_from organisation people roster invite bar access-phrase help" -l passphrase-file -d 'File that holds the administrator\'s passphrase, where nobody sits at a terminal' -r -F
complete -c candor -n "__fish_candor_using_subcommand admin; and not __fish_seen_subcommand_from organisation people roster invite bar access-phrase help" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand admin; and not __fish_seen_subcommand_from organisation people roster invite bar access-phrase help" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_using_subcommand admin; and not __fish_seen_subcommand_from organisation people roster invite bar access-phrase help" -f -a "organisation" -d 'The organisation as one file'
complete -c candor -n "__fish_candor_using_subcommand admin; and not __fish_seen_subcommand_from organisation people roster invite bar access-phrase help" -f -a "people" -d 'Who has an account'
complete -c candor -n "__fish_candor_using_subcommand admin; and not __fish_seen_subcommand_from organisation people roster invite bar access-phrase help" -f -a "roster" -d 'Check a roster of field members, print what it changes, and take it: one line a person, unit,number,name'
complete -c candor -n "__fish_candor_using_subcommand admin; and not __fish_seen_subcommand_from organisation people roster invite bar access-phrase help" -f -a "invite" -d 'Invite somebody, and print the one-time link'
complete -c candor -n "__fish_candor_using_subcommand admin; and not __fish_seen_subcommand_from organisation people roster invite bar access-phrase help" -f -a "bar" -d 'Keep an account from signing in; its sessions end at once'
complete -c candor -n "__fish_candor_using_subcommand admin; and not __fish_seen_subcommand_from organisation people roster invite bar access-phrase help" -f -a "access-phrase" -d 'The phrase that is asked for before the form, the same for everyone'
complete -c candor -n "__fish_candor_using_subcommand admin; and not __fish_seen_subcommand_from organisation people roster invite bar access-phrase help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from organisation" -l as -d 'Sign-in name of the administrator; asked for unless it is given' -r
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from organisation" -l passphrase-file -d 'File that holds the administrator\'s passphrase, where nobody sits at a terminal' -r -F
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from organisation" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from organisation" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from organisation" -f -a "export" -d 'Write the file in force, to FILE or to the screen'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from organisation" -f -a "import" -d 'Set a file, or propose it to the Council leads if it needs one; prints what changes'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from organisation" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from people" -l as -d 'Sign-in name of the administrator; asked for unless it is given' -r
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from people" -l passphrase-file -d 'File that holds the administrator\'s passphrase, where nobody sits at a terminal' -r -F
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from people" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from people" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from people" -f -a "list" -d 'Print everybody with their posts'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from people" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from roster" -l as -d 'Sign-in name of the administrator; asked for unless it is given' -r
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from roster" -l passphrase-file -d 'File that holds the administrator\'s passphrase, where nobody sits at a terminal' -r -F
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from roster" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from roster" -l all-units -d 'It speaks of all units, not only of those that it names: whoever is not in it is gone'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from roster" -l preview -d 'Only print what would change'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from roster" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from invite" -l post -d 'A post to put them forward for, such as commander:UNIT; may be given several times' -r
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from invite" -l as -d 'Sign-in name of the administrator; asked for unless it is given' -r
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from invite" -l passphrase-file -d 'File that holds the administrator\'s passphrase, where nobody sits at a terminal' -r -F
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from invite" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from invite" -l lead -d 'They are to lead the posts of the Council among these'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from invite" -l administrator
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from invite" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from bar" -l as -d 'Sign-in name of the administrator; asked for unless it is given' -r
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from bar" -l passphrase-file -d 'File that holds the administrator\'s passphrase, where nobody sits at a terminal' -r -F
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from bar" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from bar" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from access-phrase" -l as -d 'Sign-in name of the administrator; asked for unless it is given' -r
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from access-phrase" -l passphrase-file -d 'File that holds the administrator\'s passphrase, where nobody sits at a terminal' -r -F
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from access-phrase" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from access-phrase" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from access-phrase" -f -a "set" -d 'Set or change it; it is asked for'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from access-phrase" -f -a "remove" -d 'Ask for none any more'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from access-phrase" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from help" -f -a "organisation" -d 'The organisation as one file'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from help" -f -a "people" -d 'Who has an account'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from help" -f -a "roster" -d 'Check a roster of field members, print what it changes, and take it: one line a person, unit,number,name'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from help" -f -a "invite" -d 'Invite somebody, and print the one-time link'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from help" -f -a "bar" -d 'Keep an account from signing in; its sessions end at once'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from help" -f -a "access-phrase" -d 'The phrase that is asked for before the form, the same for everyone'
complete -c candor -n "__fish_candor_using_subcommand admin; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c candor -n "__fish_candor_using_subcommand rotate-service-key" -l config -d 'Settings file; `candor.toml` is read if it is there' -r -F
complete -c candor -n "__fish_candor_using_subcommand rotate-service-key" -l check -d 'Only say how much rests under which key'
complete -c candor -n "__fish_candor_using_subcommand rotate-service-key" -s h -l help -d 'Print help'
complete -c candor -n "__fish_candor_using_subcommand help; and not __fish_seen_subcommand_from serve demo verify backup restore move measures check ready admin rotate-service-key help" -f -a "serve" -d 'Serve the site (the default)'
complete -c candor -n "__fish_candor_using_subcommand help; and not __fish_seen_subcommand_from serve demo verify backup restore move measures check ready admin rotate-service-key help" -f -a "demo" -d 'Serve a demonstration with an invented organisation and a clock that you move'
complete -c candor -n "__fish_candor_using_subcommand help; and not __fish_seen_subcommand_from serve demo verify backup restore move measures check ready admin rotate-service-key help" -f -a "verify" -d 'Check the whole record, perhaps of a copy, and print what is in it. Nothing is written'
complete -c candor -n "__fish_candor_using_subcommand help; and not __fish_seen_subcommand_from serve demo verify backup restore move measures check ready admin rotate-service-key help" -f -a "backup" -d 'Make a backup, straight after a batch, and remove old ones. The site may be running'
complete -c candor -n "__fish_candor_using_subcommand help; and not __fish_seen_subcommand_from serve demo verify backup restore move measures check ready admin rotate-service-key help" -f -a "restore" -d 'Restore a backup into an empty database, and destroy what should be gone by now'
complete -c candor -n "__fish_candor_using_subcommand help; and not __fish_seen_subcommand_from serve demo verify backup restore move measures check ready admin rotate-service-key help" -f -a "move" -d 'Move everything into an empty database, of the same kind or the other. The site must be stopped'
complete -c candor -n "__fish_candor_using_subcommand help; and not __fish_seen_subcommand_from serve demo verify backup restore move measures check ready admin rotate-service-key help" -f -a "measures" -d 'Print a quarter\'s joint measures as they were published. Nothing is written'
complete -c candor -n "__fish_candor_using_subcommand help; and not __fish_seen_subcommand_from serve demo verify backup restore move measures check ready admin rotate-service-key help" -f -a "check" -d 'Look at a deployment as it runs, from this machine and through its proxy, and say what is wrong. Changes nothing'
complete -c candor -n "__fish_candor_using_subcommand help; and not __fish_seen_subcommand_from serve demo verify backup restore move measures check ready admin rotate-service-key help" -f -a "ready" -d 'Ask the site on this machine whether it should be sent visitors, and print its word. Ends with 0 if it should'
complete -c candor -n "__fish_candor_using_subcommand help; and not __fish_seen_subcommand_from serve demo verify backup restore move measures check ready admin rotate-service-key help" -f -a "admin" -d 'Do what the administrator\'s pages do, signed in as an administrator. The site may be running'
complete -c candor -n "__fish_candor_using_subcommand help; and not __fish_seen_subcommand_from serve demo verify backup restore move measures check ready admin rotate-service-key help" -f -a "rotate-service-key" -d 'Seal everything under the service key that rests under the previous one; the site may run meanwhile'
complete -c candor -n "__fish_candor_using_subcommand help; and not __fish_seen_subcommand_from serve demo verify backup restore move measures check ready admin rotate-service-key help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c candor -n "__fish_candor_using_subcommand help; and __fish_seen_subcommand_from backup" -f -a "new-key" -d 'Make a pair of keys: on a machine that is never connected, best. Backups are sealed to the public half; only the private half opens them'
complete -c candor -n "__fish_candor_using_subcommand help; and __fish_seen_subcommand_from admin" -f -a "organisation" -d 'The organisation as one file'
complete -c candor -n "__fish_candor_using_subcommand help; and __fish_seen_subcommand_from admin" -f -a "people" -d 'Who has an account'
complete -c candor -n "__fish_candor_using_subcommand help; and __fish_seen_subcommand_from admin" -f -a "roster" -d 'Check a roster of field members, print what it changes, and take it: one line a person, unit,number,name'
complete -c candor -n "__fish_candor_using_subcommand help; and __fish_seen_subcommand_from admin" -f -a "invite" -d 'Invite somebody, and print the one-time link'
complete -c candor -n "__fish_candor_using_subcommand help; and __fish_seen_subcommand_from admin" -f -a "bar" -d 'Keep an account from signing in; its sessions end at once'
complete -c candor -n "__fish_candor_using_subcommand help; and __fish_seen_subcommand_from admin" -f -a "access-phrase" -d 'The phrase that is asked for before the form, the same for everyone'
