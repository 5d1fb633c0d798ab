# expect: backtick 3
# expect: backtick 4
$text = 'a' + `
    'b' + `
    'c'
Write-Host $text
# repaired 3: $text = 'a' +
# repaired 4:     'b' +
