#Requires -Version 7.4
<#
    Journal.ps1 - the undo file: what is about to be changed is written down before it is changed.

    The form of the file stands in README.md. One file a tenant; entries are only added, and their State
    moves on. The journal object lives as long as the script; a lock beside the file keeps two runs apart.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$script:JournalStates = @('Planned', 'Done', 'Undone', 'Left')

function Get-SecuDocJournalPath {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $StateDirectory,
        [Parameter(Mandatory)]
        [guid] $TenantId
    )
    return [System.IO.Path]::Combine($StateDirectory, $TenantId.ToString() + '.undo.json')
}

# The only undo file of a folder.
function Find-SecuDocJournal {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $StateDirectory
    )
    $files = @([System.IO.Directory]::GetFiles($StateDirectory, '*.undo.json'))
    if ($files.Count -eq 0) {
        throw (New-SecuDocError -Code 'SD131' -Message "There is no undo file in $StateDirectory." -Advice 'Name it with -UndoPath, or its folder with -StateDirectory.')
    }
    if ($files.Count -gt 1) {
        throw (New-SecuDocError -Code 'SD131' -Message "There are $($files.Count) undo files in $StateDirectory." -Advice 'Name the one of the organization that is meant with -UndoPath.')
    }
    return $files[0]
}

# Whose undo file is this?
function Get-SecuDocJournalTenant {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Path
    )
    $tenant = [guid]::Empty
    try {
        $document = ConvertFrom-SecuDocJson (Read-SecuDocFile -Path $Path)
    } catch {
        throw (New-SecuDocError -Code 'SD131' -Message "The undo file $Path cannot be read: $($_.Exception.Message)")
    }
    if (-not [guid]::TryParse([string](Get-SecuDocValue $document -Name 'TenantId'), [ref] $tenant)) {
        throw (New-SecuDocError -Code 'SD131' -Message "$Path does not say of which organization it is.")
    }
    return $tenant
}

function Read-SecuDocJournalEntry {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Path,
        [Parameter(Mandatory)]
        [string] $TenantId
    )
    $advice = 'Keep the file as it is, and look at it before anything else.'
    try {
        $document = ConvertFrom-SecuDocJson (Read-SecuDocFile -Path $Path)
    } catch {
        throw (New-SecuDocError -Code 'SD131' -Message "The undo file $Path cannot be read: $($_.Exception.Message)" -Advice $advice)
    }
    if ($document -isnot [System.Collections.IDictionary] -or (Get-SecuDocValue $document -Name 'SecuDocUndo') -ne 1) {
        throw (New-SecuDocError -Code 'SD131' -Message "$Path is not an undo file." -Advice $advice)
    }
    $found = [string](Get-SecuDocValue $document -Name 'TenantId')
    if (-not (Test-SecuDocSameText $found -Right $TenantId)) {
        throw (New-SecuDocError -Code 'SD131' -Message "The undo file $Path is of the tenant $found, not of $TenantId." -Advice $advice)
    }
    $last = 0
    foreach ($entry in @(Get-SecuDocList $document -Name 'Entries')) {
        $id = Get-SecuDocValue $entry -Name 'Id' -Default 0
        $state = [string](Get-SecuDocValue $entry -Name 'State')
        if ($id -le $last -or $script:JournalStates -notcontains $state) {
            throw (New-SecuDocError -Code 'SD131' -Message "The undo file $Path is damaged behind entry $last." -Advice $advice)
        }
        $last = $id
        $entry
    }
}

function Open-SecuDocJournal {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string] $Path,
        [Parameter(Mandatory)]
        [guid] $TenantId
    )
    $full = Resolve-SecuDocPath $Path
    try {
        $lock = [System.IO.FileStream]::new($full + '.lock', [System.IO.FileMode]::OpenOrCreate, [System.IO.FileAccess]::ReadWrite,
            [System.IO.FileShare]::None, 1, [System.IO.FileOptions]::DeleteOnClose)
    } catch {
        throw (New-SecuDocError -Code 'SD132' -Message "The undo file $full is in use or its folder cannot be written: $($_.Exception.Message)" -Advice 'Wait until the other run has ended, or name another folder with -StateDirectory.')
    }
    $entries = [System.Collections.Generic.List[object]]::new()
    try {
        if ([System.IO.File]::Exists($full)) {
            foreach ($entry in @(Read-SecuDocJournalEntry -Path $full -TenantId ($TenantId.ToString()))) {
                $entries.Add($entry)
            }
        }
    } catch {
        $lock.Dispose()
        throw
    }
    return [pscustomobject]@{
        Path     = $full
        TenantId = $TenantId.ToString()
        Entries  = $entries
        Lock     = $lock
    }
}

function Close-SecuDocJournal {
    [CmdletBinding()]
    param(
        [AllowNull()]
        [object] $Journal
    )
    if ($null -ne $Journal) { $Journal.Lock.Dispose() }
}

function Save-SecuDocJournal {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Journal
    )
    $document = [ordered]@{
        SecuDocUndo = 1
        TenantId    = $Journal.TenantId
        Entries     = $Journal.Entries.ToArray()
    }
    try {
        Write-SecuDocFile -Path $Journal.Path -Text (ConvertTo-SecuDocJson $document)
    } catch {
        throw (New-SecuDocError -Code 'SD132' -Message "The undo file $($Journal.Path) cannot be written: $($_.Exception.Message)" -Advice 'Nothing is changed without it. Make room or name another folder with -StateDirectory.')
    }
}

# New values of secrets are not needed for undoing: their digest says whether they are still ours.
function ConvertTo-SecuDocJournalValue {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [System.Collections.IDictionary] $Properties,
        [string[]] $Secrets = @()
    )
    $kept = [ordered]@{}
    foreach ($name in @($Properties.Keys)) {
        if ($Secrets -notcontains $name -or $null -eq $Properties[$name]) {
            $kept[$name] = ConvertTo-SecuDocTable $Properties[$name]
        } elseif ($Properties[$name] -is [string]) {
            $kept[$name] = Get-SecuDocDigest $Properties[$name]
        } else {
            $digests = [System.Collections.Generic.List[object]]::new()
            foreach ($item in @($Properties[$name])) { $digests.Add((Get-SecuDocDigest ([string]$item))) }
            $kept[$name] = $digests.ToArray()
        }
    }
    return $kept
}

function Add-SecuDocJournalEntry {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Journal,
        [Parameter(Mandatory)]
        [object] $Change
    )
    $id = 1
    if ($Journal.Entries.Count -gt 0) {
        $id = [int]$Journal.Entries[$Journal.Entries.Count - 1]['Id'] + 1
    }
    $entry = [ordered]@{
        Id      = $id
        Time    = Get-SecuDocTime
        State   = 'Planned'
        Area    = $Change.Area
        Stage   = $Change.Stage
        Action  = $Change.Action
        Kind    = $Change.Kind
        Name    = $Change.Name
        Guid    = $Change.Guid
        Old     = ConvertTo-SecuDocTable $Change.Old
        New     = ConvertTo-SecuDocJournalValue -Properties $Change.New -Secrets $Change.Secrets
        Secrets = @($Change.Secrets)
        Result  = [ordered]@{}
        Note    = ''
    }
    $Journal.Entries.Add($entry)
    Save-SecuDocJournal -Journal $Journal
    return $id
}

function Find-SecuDocJournalEntry {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Journal,
        [Parameter(Mandatory)]
        [int] $Id
    )
    foreach ($entry in $Journal.Entries) {
        if ([int]$entry['Id'] -eq $Id) { return $entry }
    }
    throw "The undo file has no entry $Id."
}

function Complete-SecuDocJournalEntry {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Journal,
        [Parameter(Mandatory)]
        [int] $Id,
        [AllowEmptyString()]
        [string] $Guid = '',
        [System.Collections.IDictionary] $Result = [ordered]@{}
    )
    $entry = Find-SecuDocJournalEntry -Journal $Journal -Id $Id
    $entry['State'] = 'Done'
    if ($Guid -ne '') { $entry['Guid'] = $Guid }
    $entry['Result'] = ConvertTo-SecuDocTable $Result
    Save-SecuDocJournal -Journal $Journal
}

function Set-SecuDocJournalState {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Journal,
        [Parameter(Mandatory)]
        [int] $Id,
        [Parameter(Mandatory)]
        [ValidateSet('Undone', 'Left')]
        [string] $State,
        [AllowEmptyString()]
        [string] $Note = ''
    )
    $entry = Find-SecuDocJournalEntry -Journal $Journal -Id $Id
    $entry['State'] = $State
    $entry['StateTime'] = Get-SecuDocTime
    $entry['Note'] = $Note
    Save-SecuDocJournal -Journal $Journal
}

# What is still to be undone, newest first. Call it inside @( ).
function Get-SecuDocJournalEntry {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object] $Journal,
        [ValidateSet('', 'Exchange', 'Entra')]
        [string] $Area = ''
    )
    for ($index = $Journal.Entries.Count - 1; $index -ge 0; $index--) {
        $entry = $Journal.Entries[$index]
        $open = @('Planned', 'Done', 'Left') -contains $entry['State']
        # there is no way back from this one: said once is enough
        if ($entry['Kind'] -eq 'Organization' -and $entry['State'] -eq 'Left') { $open = $false }
        if ($open -and ($Area -eq '' -or $entry['Area'] -eq $Area)) { $entry }
    }
}

# Guids of what the undo file says we created, undone or not. Call it inside @( ).
function Get-SecuDocCreatedGuid {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]] $Entries
    )
    foreach ($entry in $Entries) {
        if ($entry['Action'] -eq 'Create' -and [string]$entry['Guid'] -ne '') { [string]$entry['Guid'] }
    }
}
