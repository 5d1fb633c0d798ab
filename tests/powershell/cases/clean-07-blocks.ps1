function Invoke-SecuDocAgain {
    [CmdletBinding()]
    param([Parameter(Mandatory)][scriptblock]$Action, [int]$Times = 3)
    for ($i = 0; $i -lt $Times; $i++) { & $Action }
}
$names = Get-Module -ListAvailable | Where-Object { $_.Name -like 'Exchange*' } | ForEach-Object { $_.Version } |
    Sort-Object -Descending
$found = Get-Module -ListAvailable | Where-Object Name -EQ 'x'
Invoke-SecuDocAgain -Action { Write-Host "$names $found" } -Times 2
