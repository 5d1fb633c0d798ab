function Get-SecuDocSum {
    [CmdletBinding()]
    param([int[]]$Numbers = @(), [switch]$Twice)
    if ($Numbers.Count -eq 0) { return 0 }
    $sum = 0
    foreach ($number in $Numbers) {
        if ($number -lt 0) { continue }
        $sum += $number
    }
    if ($Twice) { $factor = 2 } else { $factor = 1 }
    switch ($sum) {
        0 { $word = 'nothing' }
        1 { $word = 'one' }
        default { $word = 'much' }
    }
    try { $text = Get-Content -LiteralPath 'a' -Raw } catch { throw }
    while ($true) {
        $line = Read-Host -Prompt "$word of $text"
        if ($line -eq 'x') { break }
    }
    if ($line -match '^(x)$') { Write-Host $Matches[1] }
    $first, $second = $Numbers
    Write-Host "$first ${second} $env:HOME"
    return $sum * $factor
}
Write-Host (Get-SecuDocSum -Numbers 1, 2 -Twice)
