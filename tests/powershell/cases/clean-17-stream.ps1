function Get-SecuDocNames {
    [CmdletBinding()]
    param([string[]]$Names = @())
    foreach ($name in $Names) {
        if ($name -eq '') { continue }
        switch ($name) {
            'a' { break }
            default { $name }
        }
    }
}
$all = @(Get-SecuDocNames -Names 'a', 'b')
Write-Host $all.Count
